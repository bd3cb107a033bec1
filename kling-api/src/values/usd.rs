//! Money in whole micro-dollars.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MICROS_PER_DOLLAR: u64 = 1_000_000;
const MICROS_PER_CENT: u64 = 10_000;
/// Decimals of a micro-dollar.
const DECIMALS: usize = 6;

/// An amount of US dollars, kept in whole micro-dollars (a millionth of a dollar).
///
/// It is never a float, so sums are exact. It is read from text, and written as text by serde: `"1.40"`.
///
/// ```
/// use kling_api::Usd;
///
/// let price: Usd = "1.40".parse()?;
/// assert_eq!(price, Usd::from_micros(1_400_000));
/// assert_eq!((price + Usd::from_dollars(2)).to_string(), "$3.40");
/// assert_eq!(Usd::from_micros(45_000).to_string(), "$0.045");
/// assert_eq!(serde_json::to_string(&price)?, r#""1.40""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd {
    micros: u64,
}

impl Usd {
    /// An amount given in micro-dollars: `1_000_000` is one dollar.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// An amount given in whole dollars.
    #[must_use]
    pub const fn from_dollars(dollars: u32) -> Self {
        Self::from_micros(dollars as u64 * MICROS_PER_DOLLAR)
    }

    /// The amount in micro-dollars.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// The sum of both amounts; past the largest amount that fits, that largest amount.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self::from_micros(self.micros.saturating_add(other.micros))
    }

    /// What is left of this amount without the other one; zero where that is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self::from_micros(self.micros.saturating_sub(other.micros))
    }

    /// The amount `count` times; past the largest amount that fits, that largest amount.
    #[must_use]
    pub const fn saturating_mul(self, count: u64) -> Self {
        Self::from_micros(self.micros.saturating_mul(count))
    }

    /// At least two decimals, and no more than the amount needs.
    fn decimal(self) -> String {
        let dollars = self.micros / MICROS_PER_DOLLAR;
        let fraction = self.micros % MICROS_PER_DOLLAR;
        if fraction.is_multiple_of(MICROS_PER_CENT) {
            return format!("{dollars}.{:02}", fraction / MICROS_PER_CENT);
        }
        let digits = format!("{fraction:06}");
        format!("{dollars}.{}", digits.trim_end_matches('0'))
    }
}

/// Whole dollars.
impl From<u32> for Usd {
    fn from(dollars: u32) -> Self {
        Self::from_dollars(dollars)
    }
}

/// Past the largest amount that fits, the sum is that largest amount: a budget never starts anew.
impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Where the other amount is larger, the difference is zero: there is no negative amount.
impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl SubAssign for Usd {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for Usd {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

/// At least two decimals, and no more than the amount needs: `$1.40`, `$0.045`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("${}", self.decimal()))
    }
}

/// Dollars with at most six decimals: `5`, `5.00`, `$0.045`.
impl FromStr for Usd {
    type Err = ParseUsdError;

    fn from_str(text: &str) -> Result<Self, ParseUsdError> {
        let number = text.strip_prefix('$').unwrap_or(text);
        let (dollars, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(dollars) || !is_number(fraction) || fraction.len() > DECIMALS {
            return Err(ParseUsdError(()));
        }
        let micros = dollars.parse::<u64>().ok().and_then(|dollars| {
            let fraction: u64 = format!("{fraction:0<DECIMALS$}").parse().ok()?;
            dollars
                .checked_mul(MICROS_PER_DOLLAR)?
                .checked_add(fraction)
        });
        micros.map(Self::from_micros).ok_or(ParseUsdError(()))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.decimal())
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text is no amount of dollars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseUsdError(());

impl fmt::Display for ParseUsdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this is no amount of dollars: write digits with at most six decimals, such as 5.00",
        )
    }
}

impl std::error::Error for ParseUsdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_to_the_last_digit() {
        for (text, micros, written) in [
            ("5", 5_000_000, "5.00"),
            ("$1.4", 1_400_000, "1.40"),
            ("0.045", 45_000, "0.045"),
            ("0.000001", 1, "0.000001"),
            ("18446744073709.551615", u64::MAX, "18446744073709.551615"),
        ] {
            let amount: Usd = text.parse().unwrap();
            assert_eq!(amount.micros(), micros, "{text}");
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(json, format!("{written:?}"));
            assert_eq!(serde_json::from_str::<Usd>(&json).unwrap(), amount);
        }
        for text in [
            "",
            "$",
            ".",
            "5.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,5",
            " 5",
            "0.0000001",
            "18446744073709.551616",
        ] {
            assert!(text.parse::<Usd>().is_err(), "{text}");
        }
        // A float would lose digits.
        assert!(serde_json::from_str::<Usd>("1.4").is_err());
    }

    #[test]
    fn sums_and_differences_stay_within_what_fits() {
        let (most, one) = (Usd::from_micros(u64::MAX), Usd::from(1));
        assert_eq!(most + one, most);
        assert_eq!(one - most, Usd::default());
        assert_eq!([one, one].iter().sum::<Usd>(), Usd::from_dollars(2));
        let mut total = one;
        total += one;
        total -= Usd::from_micros(1);
        assert_eq!(total.to_string(), "$1.999999");
    }
}
