//! What every generated enum can do beyond its own values.

/// Gives an enum over strings its trait implementations.
///
/// The type needs `as_str(&self) -> &str` and `From<String>`. It gets `Display`, `FromStr`,
/// `From<&str>`, `AsRef<str>`, `Serialize` and `Deserialize`. A value that the type does not know
/// survives the way there and back to the byte.
#[doc(hidden)]
#[macro_export]
macro_rules! open_enum {
    ($name:ident) => {
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::from(::std::string::String::from(value))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(value: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self::from(value))
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)
                    .map(Self::from)
            }
        }
    };
}

/// Gives an enum over strings, of which some are whole numbers, the conversions from integers.
#[doc(hidden)]
#[macro_export]
macro_rules! whole_numbers {
    ($name:ident) => {
        $crate::whole_numbers!($name, value => value.to_string(); u8 u16 u32 u64 i32 i64);
    };
    ($name:ident, $value:ident => $held:expr; $($integer:ident)+) => {$(
        impl ::core::convert::From<$integer> for $name {
            fn from($value: $integer) -> Self {
                Self::from($held)
            }
        }
    )+};
}

/// Gives an enum over whole numbers its trait implementations.
///
/// The type needs `as_i64(&self) -> i64` and `From<i64>`. It gets `Display`, `Serialize` and
/// `Deserialize`, all as a number.
#[doc(hidden)]
#[macro_export]
macro_rules! open_integer_enum {
    ($name:ident) => {
        $crate::whole_numbers!($name, value => ::core::primitive::i64::from(value); u8 u16 u32 i32);

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.as_i64(), f)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.as_i64())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                <i64 as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    enum Duration {
        Five,
        Other(String),
    }

    impl Duration {
        fn as_str(&self) -> &str {
            match self {
                Self::Five => "5",
                Self::Other(value) => value,
            }
        }
    }

    impl From<String> for Duration {
        fn from(value: String) -> Self {
            match value.as_str() {
                "5" => Self::Five,
                _ => Self::Other(value),
            }
        }
    }

    crate::open_enum!(Duration);
    crate::whole_numbers!(Duration);

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Rate {
        Slow,
        Other(i64),
    }

    impl Rate {
        fn as_i64(self) -> i64 {
            match self {
                Self::Slow => 24,
                Self::Other(value) => value,
            }
        }
    }

    impl From<i64> for Rate {
        fn from(value: i64) -> Self {
            if value == 24 {
                Self::Slow
            } else {
                Self::Other(value)
            }
        }
    }

    crate::open_integer_enum!(Rate);

    #[test]
    fn whole_numbers_stand_for_their_values() {
        assert_eq!(Duration::from(5), Duration::Five);
        assert_eq!(Duration::from(5_u64), Duration::Five);
        assert_eq!(Duration::from(7), Duration::Other("7".to_owned()));
        assert_eq!(Rate::from(24), Rate::Slow);
        assert_eq!(Rate::from(24_u8), Rate::Slow);
    }

    #[test]
    fn strings_come_back_as_they_were() {
        assert_eq!(Duration::from("5"), Duration::Five);
        for text in ["\"5\"", "\"15\"", "\" 5\"", "\"\u{1f3ac}\""] {
            let value: Duration = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        assert!(serde_json::from_str::<Duration>("5").is_err());
        assert_eq!(format!("{:>3}", Duration::Five), "  5");
        assert_eq!(Duration::Five.as_ref(), "5");
        assert_eq!(
            "7".parse::<Duration>().unwrap(),
            Duration::Other("7".into())
        );
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        for text in ["24", "30", "-1"] {
            let value: Rate = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        assert_eq!(Rate::Slow.to_string(), "24");
        assert!(serde_json::from_str::<Rate>("\"24\"").is_err());
    }
}
