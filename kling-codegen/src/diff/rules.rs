//! The rules by which a change is judged: those of the project's table by their number, and, where the table is silent
//! or does not hold for the generated code, rules of our own by number and letter.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a crate that is already published still works against fal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// It works as before.
    Ok,
    /// It works for some callers only, or nobody can know from the documents.
    MayBreak,
    /// Its requests are refused, or it cannot read the answers.
    Breaks,
}

impl Wire {
    /// The verdict in the words of a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::MayBreak => "may break",
            Self::Breaks => "breaks",
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The part of the version that the regenerated crate must raise.
///
/// The words are those of semantic versioning from 1.0 on. Below 1.0 a major change raises the second number of the
/// version and everything else the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bump {
    /// Nothing that a caller could notice; no release is needed.
    None,
    /// Only documentation, or something no caller's code can see.
    Patch,
    /// Callers' code compiles as before, and there is something new.
    Minor,
    /// Some caller's code no longer compiles, or compiles to something else.
    Major,
}

impl Bump {
    /// The verdict in the words of a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a maintainer must know beyond the bump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// The same code does, costs or returns something else from now on.
    pub behaviour: bool,
    /// Published crates fail until a new version is out: release at once.
    pub hot_fix: bool,
    /// The documents alone do not decide it: somebody has to look.
    pub review: bool,
}

impl Flags {
    /// No flag set.
    pub const NONE: Self = Self {
        behaviour: false,
        hot_fix: false,
        review: false,
    };

    /// The names of the flags that are set.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        [
            (self.behaviour, "behaviour"),
            (self.hot_fix, "hot-fix"),
            (self.review, "review"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect()
    }

    /// The flags that are set in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            behaviour: self.behaviour || other.behaviour,
            hot_fix: self.hot_fix || other.hot_fix,
            review: self.review || other.review,
        }
    }
}

/// What a change means, for published crates and for the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether published crates still work.
    pub wire: Wire,
    /// The bump that the regenerated crate needs.
    pub rust: Bump,
    /// What else there is to know.
    pub flags: Flags,
}

macro_rules! rules {
    ($($name:ident $code:literal $wire:ident $bump:ident [$($flag:ident)*] $title:literal;)*) => {
        /// A rule by which a change is judged. A plain number is a row of the project's table of changes; a number with
        /// a letter is a case that the table leaves open or that differs for the code that is generated.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!($code, ": ", $title, ".")] $name,)*
        }

        impl Rule {
            /// All rules, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The rule's number, with a letter where the rule is not in the table: `4`, `36b`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What the rule is about, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// What the rule says. A single change can be judged otherwise where the rule leaves it open.
            #[must_use]
            pub const fn verdict(self) -> Verdict {
                match self {
                    $(Self::$name => Verdict {
                        wire: Wire::$wire,
                        rust: Bump::$bump,
                        flags: Flags { $($flag: true,)* ..Flags::NONE },
                    },)*
                }
            }
        }
    };
}

rules! {
    EndpointAdded "1" Ok Minor [] "endpoint added";
    EndpointRemoved "2" Breaks Major [] "endpoint removed";
    EndpointMoved "2a" Ok Major [] "module or method of the endpoint renamed";
    Deprecated "3" Ok Minor [] "deprecated";
    NoLongerDeprecated "3a" Ok Patch [] "no longer deprecated";
    OptionalInputAdded "4" Ok Minor [] "optional input field added";
    RequiredInputAdded "5" Breaks Major [] "required input field added";
    DefaultedInputAdded "6" Ok Minor [review] "required input field added that has a default";
    InputRemoved "7" MayBreak Major [] "input field removed";
    RequiredInputRenamed "7a" Breaks Patch [hot_fix] "required input field renamed on the wire only";
    OptionalInputRenamed "7b" MayBreak Patch [behaviour review] "optional input field renamed on the wire only";
    BecameRequired "8" Breaks Major [] "optional input field became required";
    BecameOptional "9" Ok Major [] "required input field became optional";
    InputValueAdded "10" Ok Minor [] "enum value added";
    InputValueRemoved "11" Breaks Major [] "enum value removed";
    InputValueReplaced "11a" Breaks Minor [behaviour review] "enum value replaced under the same Rust name";
    StringBecameEnum "12" MayBreak Major [] "plain type became an enum";
    EnumBecameString "13" Ok Major [] "enum became its plain type";
    InputTypeChanged "14" Breaks Major [] "type of an input changed";
    InputTypeWidened "14a" Ok Major [] "type of an input changed to one that takes every old value";
    IntegerWidened "15" Ok Major [] "integer widened to number";
    InputBecameNullable "16a" Ok Major [] "null allowed in a place that is always sent";
    InputNoLongerNullable "16b" MayBreak Major [] "null refused in a place that is always sent";
    RangeTightened "17" MayBreak Minor [behaviour] "range tightened";
    LengthTightened "18" MayBreak Minor [behaviour] "length tightened";
    ItemsTightened "19" MayBreak Minor [behaviour] "number of items tightened";
    BoundRelaxed "20" Ok Patch [] "bound relaxed";
    DefaultChanged "21" Ok Minor [behaviour] "default changed";
    DefaultAddedOrRemoved "22" Ok Patch [] "default added or removed";
    PatternOrFormat "23" MayBreak Minor [behaviour] "pattern or format added or changed";
    PatternOrFormatRemoved "23a" Ok Patch [] "pattern or format removed";
    InputVariantAdded "24" Ok Minor [] "form of an input added";
    OutputVariantAdded "24a" Ok Minor [] "form of an output added";
    InputVariantRemoved "25" Breaks Major [] "form of an input removed";
    OutputVariantRemoved "25a" Ok Major [] "form of an output removed";
    FileLimitTightened "26" MayBreak Patch [behaviour] "file limit tightened or changed";
    FileLimitRelaxed "26" Ok Patch [behaviour] "file limit relaxed";
    OutputAdded "27" Ok Minor [] "output field added";
    OutputUnreadable "27a" Breaks Minor [hot_fix] "output field added that published crates read as another type";
    RequiredOutputRemoved "28" Breaks Major [hot_fix] "required output field removed";
    RequiredOutputRenamed "28a" Breaks Patch [hot_fix] "required output field renamed on the wire only";
    OptionalOutputRenamed "28b" Ok Patch [behaviour] "optional output field renamed on the wire only";
    OptionalOutputRemoved "29" Ok Major [] "optional output field removed";
    OutputBecameOptional "30" Breaks Major [hot_fix] "output became optional or nullable";
    OutputStaysOption "30a" Ok None [] "nullable output field may be left out";
    OutputBecameRequired "31" Ok None [] "optional output field is always there, possibly null";
    OutputLosesOption "31a" Ok Major [review] "output is always there";
    OutputValueAdded "32" Ok Minor [] "enum value of an output added";
    OutputValueRemoved "33a" Ok Major [review] "enum value of an output removed";
    OutputValueReplaced "33b" Ok Minor [behaviour review] "enum value of an output replaced under the same Rust name";
    OutputTypeChanged "34" Breaks Major [hot_fix] "type of an output changed";
    OutputTypeReadable "34a" Ok Major [] "type of an output changed to one that published crates can read";
    ComponentRenamed "35" Ok None [] "component renamed";
    TypeRenamed "35a" Ok Major [] "type renamed in Rust";
    FieldRenamed "35b" Ok Major [] "field or setter renamed in Rust";
    VariantRenamed "35c" Ok Major [] "variant renamed in Rust";
    RecordLeftShared "35d" Ok Major [] "shared record became the endpoint's own";
    RecordBecameShared "35e" Ok Minor [review] "record of the endpoint became shared";
    BoxChanged "35f" Ok Major [] "allocation of a field changed";
    MediaChanged "35g" Ok Major [] "text became the URL of a file, or the reverse";
    Documentation "36" Ok Patch [] "documentation changed";
    OutputConstraint "36a" Ok Patch [] "bound or default of an output changed";
    ArgumentsReordered "36b" Ok Major [behaviour review] "arguments of new reordered";
    UnionReordered "36c" Ok Patch [behaviour review] "forms of a union reordered";
    PriceChanged "37" Ok Minor [behaviour] "price changed";
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A rule that applies to a change, with the sentence for it: the answer for one side of the wire.
pub(super) struct Finding {
    pub(super) rule: Rule,
    pub(super) verdict: Verdict,
    pub(super) sentence: String,
}

impl Finding {
    pub(super) fn raised_to(mut self, rust: Bump) -> Self {
        self.verdict.rust = rust;
        self
    }

    /// A union stands around the place: what published crates cannot read they take as a form that they do not know.
    pub(super) fn caught(mut self) -> Self {
        if self.verdict.wire == Wire::Breaks {
            self.verdict.wire = Wire::MayBreak;
            self.verdict.flags.hot_fix = false;
            self.verdict.flags.behaviour = true;
            self.sentence
                .push_str(" The union around it takes the whole as `Other` then.");
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
    /// The rule as a finding with its usual verdict.
    pub(super) fn because(self, sentence: impl Into<String>) -> Finding {
        Finding {
            rule: self,
            verdict: self.verdict(),
            sentence: sentence.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    fn number(rule: Rule) -> u32 {
        let digits = rule
            .code()
            .trim_end_matches(|letter: char| letter.is_alphabetic());
        digits.parse().unwrap()
    }

    #[test]
    fn each_row_of_the_table_has_a_rule() {
        let mut numbers: Vec<u32> = Rule::ALL.iter().copied().map(number).collect();
        assert!(numbers.is_sorted());
        numbers.dedup();
        assert_eq!(numbers, (1..=37).collect::<Vec<u32>>());
    }

    #[test]
    fn a_code_stands_for_one_row() {
        let mut codes: Vec<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        // Tightened and relaxed file limits are one row of the table.
        assert_eq!(codes.len(), Rule::ALL.len() - 1);
    }
}
