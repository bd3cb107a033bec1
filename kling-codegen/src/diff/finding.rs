//! What a rule says of one change.

use crate::diff::rules::{Bump, Rule, Verdict, Wire};

/// A rule that applies to a change, on one side of the wire.
pub(super) struct Finding {
    pub(super) rule: Rule,
    pub(super) verdict: Verdict,
    /// What fal does from now on, and what becomes of published crates.
    pub(super) wire: String,
    /// What becomes of the code of callers.
    pub(super) rust: String,
}

impl Finding {
    pub(super) fn raised_to(mut self, rust: Bump) -> Self {
        self.verdict.rust = rust;
        self
    }

    /// A union stands around the place: what published crates cannot read they take as `Other`.
    pub(super) fn caught(mut self) -> Self {
        if self.verdict.wire == Wire::Breaks {
            self.verdict.wire = Wire::MayBreak;
            self.verdict.flags.hot_fix = false;
            self.verdict.flags.behaviour = true;
            self.wire
                .push_str(" The union around it is read as `Other` then.");
        }
        self
    }

    /// Callers' code compiles and does something else.
    pub(super) fn at_run_time(mut self) -> Self {
        self.verdict.flags.behaviour = true;
        self
    }

    /// The compiler may not show it to callers, so somebody has to.
    pub(super) fn silent(mut self) -> Self {
        self.verdict.flags.behaviour = true;
        self.verdict.flags.review = true;
        self
    }

    /// What holds for a type that is both sent and received: the stricter verdict, and the flags of both.
    pub(super) fn stricter(self, other: Self) -> Self {
        let flags = self.verdict.flags.union(other.verdict.flags);
        let rank = |finding: &Self| {
            let verdict = finding.verdict;
            (verdict.wire, verdict.rust, verdict.flags.names().len())
        };
        let mut winner = if rank(&other) > rank(&self) {
            other
        } else {
            self
        };
        winner.verdict.flags = flags;
        winner
    }
}

impl Rule {
    /// The rule as a finding with its usual verdict: what becomes of published crates, and what of callers' code.
    pub(super) fn because(self, wire: impl Into<String>, rust: impl Into<String>) -> Finding {
        Finding {
            rule: self,
            verdict: self.verdict(),
            wire: wire.into(),
            rust: rust.into(),
        }
    }
}
