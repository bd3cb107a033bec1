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
    ($($name:ident $code:literal $wire:ident $bump:ident [$($flag:ident)*] $title:literal $advice:literal;)*) => {
        /// A rule by which a change is judged. A plain number is a row of the project's table of changes; a number with
        /// a letter is a case that the table leaves open or that differs for the code that is generated.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!("Rule ", $code, ": ", $title, ".\n\n", $advice)] $name,)*
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

            /// What happened and what to do, in a few sentences; the page that a report links shows them too.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice),* }
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
    EndpointAdded "1" Ok Minor [] "endpoint added"
        "A new model or a new version. Callers do nothing. The new module and method are there from the next release.";
    EndpointRemoved "2" Breaks Major [] "endpoint removed"
        "fal no longer serves the endpoint: calls fail. Move to the endpoint that replaces it; the method goes with the next major release.";
    EndpointMoved "2a" Ok Major [] "module or method of the endpoint renamed"
        "The manifest gives the endpoint other names. Write the new module and method; requests and responses are the same.";
    Deprecated "3" Ok Minor [] "deprecated"
        "fal marks it as deprecated. The compiler warns where it is used; plan to move away.";
    NoLongerDeprecated "3a" Ok Patch [] "no longer deprecated"
        "fal takes the mark back. The warning of the compiler goes.";
    OptionalInputAdded "4" Ok Minor [] "optional input field added"
        "A new setting that may be left out. Callers do nothing; a setter is there from the next release.";
    RequiredInputAdded "5" Breaks Major [] "required input field added"
        "fal refuses requests without the new field, so calls of published crates fail. Update, and give `new` the additional argument.";
    DefaultedInputAdded "6" Ok Minor [review] "required input field added that has a default"
        "fal lists the new field as required and has a default for it, so that it may be left out. Callers do nothing. Check with one call that fal takes requests without it.";
    InputRemoved "7" MayBreak Major [] "input field removed"
        "fal no longer describes the field. It ignores it or refuses it: the documents do not say which. Stop sending it; its setter or argument is gone.";
    RequiredInputRenamed "7a" Breaks Patch [hot_fix] "required input field renamed on the wire only"
        "fal gave a required field another name, and the Rust name stays. Requests of published crates fail until the crate is updated; the code of callers stays.";
    OptionalInputRenamed "7b" MayBreak Patch [behaviour review] "optional input field renamed on the wire only"
        "fal gave an optional field another name, and the Rust name stays. fal may ignore what published crates send. Update the crate; the code of callers stays.";
    BecameRequired "8" Breaks Major [] "optional input field became required"
        "fal refuses requests without the field. Set it before you update; after the update it is an argument of `new`.";
    BecameOptional "9" Ok Major [] "required input field became optional"
        "The field may be left out. Published crates work; after the update it has a setter in place of an argument of `new`.";
    InputValueAdded "10" Ok Minor [] "enum value added"
        "fal takes one more value. The enum has a variant for it from the next release; published crates send it only after `skip_validation`.";
    InputValueRemoved "11" Breaks Major [] "enum value removed"
        "fal refuses a value that it took before. Choose another one; the variant is gone after the update.";
    InputValueReplaced "11a" Breaks Minor [behaviour review] "enum value replaced under the same Rust name"
        "A value of the enum changed, and the Rust name stays. fal refuses the old value, so callers of the variant must update.";
    StringBecameEnum "12" MayBreak Major [] "plain type became an enum"
        "fal lists the values that it takes. Requests with other values fail. Setters still take text; code that reads the public field must change.";
    EnumClosed "12a" MayBreak Minor [behaviour] "enum no longer takes other values"
        "fal takes only the values that it lists. Requests with other values fail; after the update `validate` reports them before anything is sent.";
    EnumBecameString "13" Ok Major [] "enum became its plain type"
        "fal takes any value now. Published crates work and send other values only after `skip_validation`; code that names the enum must change after the update.";
    InputTypeChanged "14" Breaks Major [] "type of an input changed"
        "fal expects another type and refuses what published crates send. Update, and change the code that sets the field.";
    InputTypeWidened "14a" Ok Major [] "type of an input changed to one that takes every old value"
        "fal takes more than before, and all that published crates send. After the update the field has another Rust type.";
    IntegerWidened "15" Ok Major [] "integer widened to number"
        "Fractions are allowed. Published crates work; after the update the field is an `f64`.";
    InputBecameNullable "16a" Ok Major [] "null allowed in a place that is always sent"
        "Null is allowed in a place that is always sent. Published crates work; after the update the place is an `Option`.";
    InputNoLongerNullable "16b" MayBreak Major [] "null refused in a place that is always sent"
        "fal refuses null in a place where it took it. Send a value; after the update the place is no `Option`.";
    RangeTightened "17" MayBreak Minor [behaviour] "range tightened"
        "fal refuses numbers that it took before. Keep to the new range; after the update `validate` reports the others before anything is sent.";
    LengthTightened "18" MayBreak Minor [behaviour] "length tightened"
        "fal refuses texts of a length that it took before. Keep to the new length; after the update `validate` reports the others before anything is sent.";
    ItemsTightened "19" MayBreak Minor [behaviour] "number of items tightened"
        "fal refuses lists that it took before. Keep to the new limit; after the update `validate` reports the others before anything is sent.";
    BoundRelaxed "20" Ok Patch [] "bound relaxed"
        "fal takes more than before. Published crates still refuse the new values; update, or call with `skip_validation`.";
    DefaultChanged "21" Ok Minor [behaviour] "default changed"
        "fal assumes another value where the field is not set, so the result or the cost may change. Set the field where the old value matters.";
    DefaultAddedOrRemoved "22" Ok Patch [] "default added or removed"
        "fal says what it assumes, or no longer says it. Callers do nothing.";
    PatternOrFormat "23" MayBreak Minor [behaviour] "pattern or format added or changed"
        "fal may refuse texts that it took before. Follow the new pattern or format; the crate documents it and does not check it.";
    PatternOrFormatRemoved "23a" Ok Patch [] "pattern or format removed"
        "fal no longer asks for a pattern or format. Callers do nothing; the crate never checked it.";
    InputVariantAdded "24" Ok Minor [] "variant of an input added"
        "Values of one more type are allowed. Published crates work. Where a plain type became a union, its Rust type changes with the update.";
    OutputVariantAdded "24a" Ok Minor [] "variant of an output added"
        "fal may return values of one more type. Published crates read them as `Other`, the updated crate has a variant for them.";
    InputVariantRemoved "25" Breaks Major [] "variant of an input removed"
        "fal refuses values of a type that it took before. Send another one; the variant is gone after the update.";
    OutputVariantRemoved "25a" Ok Major [] "variant of an output removed"
        "fal no longer returns values of one type. Published crates work; the variant is gone after the update.";
    FileLimitTightened "26" MayBreak Patch [behaviour] "file limit tightened or changed"
        "fal may refuse files that it took before. Keep to the new limits; the size is checked before an upload, the rest is documented.";
    FileLimitRelaxed "26" Ok Patch [behaviour] "file limit relaxed"
        "fal takes files that it refused before. Callers do nothing.";
    OutputAdded "27" Ok Minor [] "output field added"
        "A response has a new field. Callers do nothing; the field is there from the next release.";
    OutputUnreadable "27a" Breaks Minor [hot_fix] "output field added that published crates read as another type"
        "A response has a new field where the type of published crates expects another type: they cannot read such a response. Update at once; jobs are not lost, their results can be fetched again.";
    RequiredOutputRemoved "28" Breaks Major [hot_fix] "required output field removed"
        "A response lacks a field without which published crates cannot read it. Update at once; jobs are not lost, their results can be fetched again.";
    RequiredOutputRenamed "28a" Breaks Patch [hot_fix] "required output field renamed on the wire only"
        "A field of a response has another name, and published crates cannot read the response. Update at once; the code of callers stays.";
    OptionalOutputRenamed "28b" Ok Patch [behaviour] "optional output field renamed on the wire only"
        "A field of a response has another name, and published crates read it as absent. Update the crate; the code of callers stays.";
    OptionalOutputRemoved "29" Ok Major [] "optional output field removed"
        "A response no longer has the field. Published crates read it as absent; it is gone after the update.";
    OutputBecameOptional "30" Breaks Major [hot_fix] "output became optional or nullable"
        "A field of a response may be absent or null, and published crates cannot read such a response. Update at once; the field is an `Option` then.";
    OutputStaysOption "30a" Ok None [] "nullable output field may be left out"
        "A field that may be null may be absent too. It is an `Option` already. Callers do nothing.";
    OutputBecameRequired "31" Ok None [] "optional output field is always there, possibly null"
        "A field is always there, possibly null. It stays an `Option`. Callers do nothing.";
    OutputLosesOption "31a" Ok Major [review] "output is always there"
        "A field is always there. Published crates work; after the update it is no `Option`.";
    OutputValueAdded "32" Ok Minor [] "enum value of an output added"
        "fal may return one more value. Published crates read it as `Other`; the enum has a variant for it from the next release.";
    OutputValueRemoved "33a" Ok Major [review] "enum value of an output removed"
        "fal no longer returns a value. Published crates work; the variant is gone after the update.";
    OutputValueReplaced "33b" Ok Minor [behaviour review] "enum value of an output replaced under the same Rust name"
        "A value of the enum changed, and the Rust name stays. Published crates read the new value as `Other`.";
    OutputTypeChanged "34" Breaks Major [hot_fix] "type of an output changed"
        "A response holds another type, and published crates cannot read it. Update at once; jobs are not lost, their results can be fetched again.";
    OutputTypeReadable "34a" Ok Major [] "type of an output changed to one that published crates can read"
        "A response holds another type that published crates can read. After the update the place has another Rust type.";
    ComponentRenamed "35" Ok None [] "component renamed"
        "fal gave a component another name. Nothing changes for callers.";
    TypeRenamed "35a" Ok Major [] "type renamed in Rust"
        "The Rust type has another name. Write the new one.";
    FieldRenamed "35b" Ok Major [] "field or setter renamed in Rust"
        "The Rust field or setter has another name. Write the new one; where the old name means another field now, the compiler may not tell.";
    VariantRenamed "35c" Ok Major [] "variant renamed in Rust"
        "The Rust variant has another name. Write the new one; where the old name means another value now, the compiler does not tell.";
    RecordLeftShared "35d" Ok Major [] "shared record became the endpoint's own"
        "The record has become a type of the endpoint's own module. Code that passes a value of `types::…` must name the new type.";
    RecordBecameShared "35e" Ok Minor [review] "record of the endpoint became shared"
        "The record is one type for several endpoints. Its old path stays; only code that implements a trait for several of the former types must change.";
    BoxChanged "35f" Ok Major [] "allocation of a field changed"
        "A field is boxed, or no longer. Requests and responses are the same; code that reads the field must change.";
    MediaChanged "35g" Ok Major [] "text became the URL of a file, or the reverse"
        "A text has become the URL of a file, or the reverse. Requests are the same; the field has another Rust type.";
    SharedTypeChanged "35h" Ok Major [] "shared type changed by other endpoints"
        "The Rust type is shared, and the documents of other endpoints changed it. Responses of this endpoint are the same; code that uses the type must change after the update.";
    Documentation "36" Ok Patch [] "documentation changed"
        "Descriptions, examples, titles or their order changed. Callers do nothing.";
    OutputConstraint "36a" Ok Patch [] "bound or default of an output changed"
        "A bound or a default of a response changed. Responses are not checked. Callers do nothing.";
    ArgumentsReordered "36b" Ok Major [behaviour review] "arguments of new reordered"
        "The arguments of `new` have another order. Calls that still compile may send values under the wrong names: check each one.";
    UnionReordered "36c" Ok Patch [behaviour review] "variants of a union reordered"
        "The variants of a union are tried in another order. A value that fits several of them is read as another variant.";
    PriceChanged "37" Ok Minor [behaviour] "price changed"
        "The published price changed. `INFO` and `estimated_cost` give the new one after the update; fal's bill follows fal's price at once.";
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Rule {
    /// Whether the rule is about names and types in Rust alone, so that no document can speak for or against it.
    pub(super) const fn is_rust_only(self) -> bool {
        matches!(
            self,
            Self::TypeRenamed
                | Self::FieldRenamed
                | Self::VariantRenamed
                | Self::RecordLeftShared
                | Self::RecordBecameShared
                | Self::BoxChanged
        )
    }

    /// Whether only the documentation of the generated code shows such a change.
    #[must_use]
    pub const fn is_documentation(self) -> bool {
        matches!(self, Self::Documentation | Self::OutputConstraint)
    }

    /// The page that says what to do about such a change.
    #[must_use]
    pub fn url(self) -> String {
        format!(
            "https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.{self:?}"
        )
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
