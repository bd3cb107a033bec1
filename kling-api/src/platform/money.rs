//! Amounts of money as the platform API gives them: a decimal number and a currency.

use std::fmt;

use crate::values::usd::Usd;

/// An amount of money, exact: its decimal digits as the server sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    decimal: String,
    currency: String,
}

impl Amount {
    /// JSON has the number as decimal digits. Reading them into a float and writing the shortest
    /// digits that lead to the same float gives them back, up to 15 of them.
    pub(super) fn new(number: f64, currency: String) -> Self {
        Self {
            decimal: number.to_string(),
            currency,
        }
    }

    /// The digits, such as `0.045`.
    #[must_use]
    pub fn decimal(&self) -> &str {
        &self.decimal
    }

    /// The currency, such as `USD`.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount in dollars; `None` where it is in another currency, is negative, or has parts
    /// smaller than a micro-dollar. It is never rounded.
    #[must_use]
    pub fn usd(&self) -> Option<Usd> {
        if !self.currency.eq_ignore_ascii_case("USD") {
            return None;
        }
        let (dollars, fraction) = self.decimal.split_once('.').unwrap_or((&self.decimal, ""));
        if fraction.len() > MICRO_DIGITS {
            return None;
        }
        format!("{dollars}{fraction:0<MICRO_DIGITS$}")
            .parse()
            .ok()
            .map(Usd::from_micros)
    }
}

const MICRO_DIGITS: usize = 6;

/// `$0.045`, and `0.045 EUR` for what is no dollars.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.usd() {
            Some(usd) => usd.fmt(f),
            None => write!(f, "{} {}", self.decimal, self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(json: &str) -> Amount {
        Amount::new(serde_json::from_str(json).unwrap(), "USD".to_owned())
    }

    #[test]
    fn decimals_become_micro_dollars_exactly_or_not_at_all() {
        for (json, decimal, micros) in [
            ("0.045", "0.045", Some(45_000)),
            ("0.1", "0.1", Some(100_000)),
            ("1.4", "1.4", Some(1_400_000)),
            ("1.40", "1.4", Some(1_400_000)),
            ("12", "12", Some(12_000_000)),
            ("0", "0", Some(0)),
            ("4.5e-2", "0.045", Some(45_000)),
            ("0.000001", "0.000001", Some(1)),
            // 0.29 and 8.7 lie beside a binary fraction; times a million they would not be whole.
            ("0.29", "0.29", Some(290_000)),
            ("8.7", "8.7", Some(8_700_000)),
            ("0.0000325", "0.0000325", None),
            ("-0.045", "-0.045", None),
            ("1e300", &format!("1{}", "0".repeat(300)), None),
        ] {
            let amount = amount(json);
            assert_eq!(amount.decimal(), decimal, "{json}");
            assert_eq!(amount.usd().map(Usd::micros), micros, "{json}");
        }
    }

    #[test]
    fn another_currency_is_no_dollars() {
        let amount = Amount::new(0.5, "EUR".to_owned());
        assert_eq!(amount.usd(), None);
        assert_eq!(amount.to_string(), "0.5 EUR");
        assert_eq!(self::amount("0.045").to_string(), "$0.045");
        assert_eq!(self::amount("0.0000325").to_string(), "0.0000325 USD");
    }
}
