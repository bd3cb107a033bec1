//! Each log line once, whatever the server sends.

use std::collections::HashMap;

use crate::values::status::LogLine;

/// The log lines of one job.
///
/// The response to a request for the status holds all lines so far. An event of a stream holds
/// either all lines, or those since the event before it; the protocol does not say which, and lines
/// carry no number, and two lines may be equal in every field. So lines are counted: what one source
/// proves to exist so and so often is shown so and so often. An event is read so that it never proves
/// more than is true; what that leaves out, the complete list at the end of the job brings in.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// What was shown, in that order.
    shown: Vec<LogLine>,
    /// What the open stream has proved.
    streamed: Vec<LogLine>,
    /// An event repeated all lines before it and added some: this server sends all lines.
    sends_all: bool,
}

impl Logs {
    /// A new stream starts: it may repeat everything, or start with what comes next.
    pub(crate) fn stream_opened(&mut self) {
        self.streamed.clear();
    }

    /// The lines of an event that are new.
    pub(crate) fn event(&mut self, lines: &[LogLine]) -> Vec<LogLine> {
        if lines.starts_with(&self.streamed) {
            self.sends_all |= !self.streamed.is_empty() && lines.len() > self.streamed.len();
            self.streamed = lines.to_vec();
        } else if self.sends_all {
            self.streamed = lines.to_vec();
        } else if !self.streamed.starts_with(lines) {
            self.streamed.extend_from_slice(lines);
        }
        let new = excess(&self.shown, &self.streamed);
        self.shown.extend_from_slice(&new);
        new
    }

    /// The lines of a complete list that are new.
    pub(crate) fn list(&mut self, lines: &[LogLine]) -> Vec<LogLine> {
        let new = excess(&self.shown, lines);
        self.shown.extend_from_slice(&new);
        if lines.len() == self.shown.len() {
            // The same lines: the list has them in their true order.
            self.shown = lines.to_vec();
        }
        new
    }

    /// Every line that was shown.
    pub(crate) fn into_lines(self) -> Vec<LogLine> {
        self.shown
    }
}

/// What `lines` has more of than `shown`, in the order of `lines`; of equal lines the last.
fn excess(shown: &[LogLine], lines: &[LogLine]) -> Vec<LogLine> {
    if lines.starts_with(shown) {
        return lines[shown.len()..].to_vec();
    }
    let mut counts: HashMap<&LogLine, usize> = HashMap::new();
    for line in shown {
        *counts.entry(line).or_default() += 1;
    }
    let mut new = Vec::new();
    for line in lines {
        match counts.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => new.push(line.clone()),
        }
    }
    new
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn line(message: &str) -> LogLine {
        LogLine {
            message: message.to_owned(),
            timestamp: None,
            level: None,
            source: None,
        }
    }

    pub(crate) fn lines(messages: &str) -> Vec<LogLine> {
        messages
            .chars()
            .map(|message| line(&message.to_string()))
            .collect()
    }

    fn text(lines: &[LogLine]) -> String {
        lines.iter().map(|line| line.message.as_str()).collect()
    }

    #[test]
    fn full_events_show_what_is_added() {
        let mut logs = Logs::default();
        assert_eq!(text(&logs.event(&lines("ab"))), "ab");
        assert_eq!(text(&logs.event(&lines("ab"))), "");
        assert_eq!(text(&logs.event(&lines("aba"))), "a");
        assert_eq!(text(&logs.list(&lines("abac"))), "c");
    }

    #[test]
    fn increments_are_shown_as_they_come() {
        let mut logs = Logs::default();
        assert_eq!(text(&logs.event(&lines("ab"))), "ab");
        assert_eq!(text(&logs.event(&lines("c"))), "c");
        assert_eq!(text(&logs.event(&lines("d"))), "d");
        assert_eq!(text(&logs.list(&lines("abcd"))), "");
        assert_eq!(text(&logs.into_lines()), "abcd");
    }

    #[test]
    fn equal_lines_that_an_event_leaves_open_come_with_the_list() {
        let mut logs = Logs::default();
        assert_eq!(text(&logs.event(&lines("a"))), "a");
        assert_eq!(text(&logs.event(&lines("a"))), "");
        assert_eq!(text(&logs.list(&lines("aab"))), "ab");
        assert_eq!(text(&logs.into_lines()), "aab");
    }

    #[test]
    fn a_new_stream_may_repeat_or_go_on() {
        for (events, list) in [("abc", "abc"), ("c", "abc")] {
            let mut logs = Logs::default();
            logs.event(&lines("ab"));
            logs.stream_opened();
            assert_eq!(text(&logs.event(&lines(events))), "c");
            assert_eq!(text(&logs.list(&lines(list))), "");
        }
    }

    #[test]
    fn lines_that_were_missed_come_late_but_end_in_their_place() {
        let mut logs = Logs::default();
        logs.event(&lines("ab"));
        logs.stream_opened();
        assert_eq!(text(&logs.event(&lines("e"))), "e");
        assert_eq!(text(&logs.list(&lines("abcde"))), "cd");
        assert_eq!(text(&logs.into_lines()), "abcde");
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// The server logs so many lines, of an alphabet so small that they repeat.
        Log(Vec<u8>),
        /// An event; where it holds all lines, from a server that may lag behind.
        Event(usize),
        Reconnect,
        Poll,
        /// A response from a server that lags behind.
        StalePoll(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => proptest::collection::vec(0..3u8, 0..4).prop_map(Step::Log),
            3 => prop_oneof![3 => Just(0), 1 => 0..4usize].prop_map(Step::Event),
            1 => Just(Step::Reconnect),
            1 => Just(Step::Poll),
            1 => (0..5usize).prop_map(Step::StalePoll),
        ];
        proptest::collection::vec(step, 0..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn each_line_is_shown_once(
            steps in steps(), full in any::<bool>(), replays in any::<bool>(),
        ) {
            let (mut truth, mut sent) = (Vec::new(), 0);
            let (mut logs, mut shown) = (Logs::default(), Vec::new());
            for step in steps {
                match step {
                    Step::Log(new) => {
                        truth.extend(new.iter().map(|byte| line(&byte.to_string())));
                    }
                    Step::Event(behind) => {
                        let (from, to) = if full {
                            (0, truth.len().saturating_sub(behind))
                        } else {
                            (sent, truth.len())
                        };
                        shown.extend(logs.event(&truth[from..to]));
                        sent = truth.len();
                    }
                    Step::Reconnect => {
                        logs.stream_opened();
                        sent = if replays { 0 } else { truth.len() };
                    }
                    Step::Poll => shown.extend(logs.list(&truth)),
                    Step::StalePoll(behind) => {
                        shown.extend(logs.list(&truth[..truth.len().saturating_sub(behind)]));
                    }
                }
                // Never more of a line than there are.
                for kind in 0..3u8 {
                    let kind = line(&kind.to_string());
                    let count = |lines: &[LogLine]| lines.iter().filter(|it| **it == kind).count();
                    prop_assert!(count(&shown) <= count(&truth));
                }
            }
            shown.extend(logs.list(&truth));
            // Each line once, and in the end in the order in which they were logged.
            prop_assert_eq!(shown.len(), truth.len());
            prop_assert_eq!(logs.into_lines(), truth);
        }
    }
}
