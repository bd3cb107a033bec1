//! Small files that outputs name, so that a download has something to fetch.

/// A file that every fake serves below `/files/`.
pub(crate) struct SampleFile {
    pub(crate) name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

impl SampleFile {
    /// The file for an output field of this name.
    pub(crate) fn for_field(field: &str) -> &'static Self {
        if field.contains("image") {
            &IMAGE
        } else if field.contains("audio") {
            &AUDIO
        } else {
            &VIDEO
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        [&VIDEO, &IMAGE, &AUDIO]
            .into_iter()
            .find(|file| file.name == name)
    }

    pub(crate) fn url(&self, base_url: &str) -> String {
        format!("{base_url}/files/{}", self.name)
    }
}

/// An MP4 file with its type, a movie box without tracks, and no media.
const VIDEO: SampleFile = SampleFile {
    name: "output.mp4",
    content_type: "video/mp4",
    bytes: b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08free\0\0\0\x08mdat",
};

/// A PNG file of one transparent pixel.
const IMAGE: SampleFile = SampleFile {
    name: "output.png",
    content_type: "image/png",
    bytes: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\
             \0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82",
};

/// A WAV file of no length.
const AUDIO: SampleFile = SampleFile {
    name: "output.wav",
    content_type: "audio/wav",
    bytes: b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
};
