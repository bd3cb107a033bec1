//! What fal charges for a call.

use std::time::Duration;

use crate::values::usd::Usd;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// How fal charges for one call of an endpoint, as its page publishes it.
///
/// Prices change without notice; what was billed in the end is on fal's invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Price {
    /// The same amount for each second of video.
    PerSecond(Usd),
    /// One amount for each call, whatever its length.
    PerCall(Usd),
    /// One amount up to a length, and a further amount for each second beyond it.
    FirstSeconds {
        /// The length that the first amount covers, in seconds.
        seconds: u32,
        /// The amount for any length up to `seconds`.
        first: Usd,
        /// The amount for each second beyond `seconds`.
        further_second: Usd,
    },
}

impl Price {
    /// The same amount for each second of video.
    #[must_use]
    pub const fn per_second(amount: Usd) -> Self {
        Self::PerSecond(amount)
    }

    /// One amount for each call.
    #[must_use]
    pub const fn per_call(amount: Usd) -> Self {
        Self::PerCall(amount)
    }

    /// `first` up to `seconds` seconds, and `further_second` for each second beyond.
    #[must_use]
    pub const fn first_seconds(seconds: u32, first: Usd, further_second: Usd) -> Self {
        Self::FirstSeconds {
            seconds,
            first,
            further_second,
        }
    }

    /// What a video of `seconds` seconds costs, rounded up to a whole micro-dollar.
    ///
    /// `None` where the price depends on the length and the length is missing, negative or not
    /// finite, and where the amount does not fit.
    #[must_use]
    pub fn cost(&self, seconds: Option<f64>) -> Option<Usd> {
        match *self {
            Self::PerCall(amount) => Some(amount),
            Self::PerSecond(amount) => times(amount, nanoseconds(seconds?)?),
            Self::FirstSeconds {
                seconds: covered,
                first,
                further_second,
            } => {
                let covered = u128::from(covered) * NANOS_PER_SECOND;
                let beyond = nanoseconds(seconds?)?.saturating_sub(covered);
                let further = times(further_second, beyond)?;
                first
                    .micros()
                    .checked_add(further.micros())
                    .map(Usd::from_micros)
            }
        }
    }
}

/// Whole nanoseconds, so that `5.1` means 5.1 seconds and not the binary fraction beside it.
fn nanoseconds(seconds: f64) -> Option<u128> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|length| length.as_nanos())
}

fn times(per_second: Usd, nanoseconds: u128) -> Option<Usd> {
    let product = u128::from(per_second.micros()).checked_mul(nanoseconds)?;
    u64::try_from(product.div_ceil(NANOS_PER_SECOND))
        .ok()
        .map(Usd::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(price: Price, seconds: Option<f64>) -> Option<u64> {
        price.cost(seconds).map(Usd::micros)
    }

    #[test]
    fn amounts_read_as_on_an_invoice() {
        for (micros, text) in [
            (0, "$0.00"),
            (1_400_000, "$1.40"),
            (45_000, "$0.045"),
            (280_000, "$0.28"),
            (1, "$0.000001"),
            (12_000_000, "$12.00"),
            (u64::MAX, "$18446744073709.551615"),
        ] {
            assert_eq!(Usd::from_micros(micros).to_string(), text);
        }
    }

    #[test]
    fn a_price_per_second_follows_the_length() {
        let price = Price::per_second(Usd::from_micros(45_000));
        assert_eq!(cost(price, Some(5.0)), Some(225_000));
        assert_eq!(cost(price, Some(5.1)), Some(229_500));
        assert_eq!(cost(price, Some(0.0)), Some(0));
        assert_eq!(cost(price, None), None);
        assert_eq!(cost(price, Some(-1.0)), None);
        assert_eq!(cost(price, Some(f64::NAN)), None);
        assert_eq!(cost(price, Some(f64::INFINITY)), None);
    }

    #[test]
    fn a_fraction_of_a_micro_dollar_is_rounded_up() {
        assert_eq!(
            cost(Price::per_second(Usd::from_micros(1)), Some(0.1)),
            Some(1)
        );
        assert_eq!(
            cost(Price::per_second(Usd::from_micros(3)), Some(1.5)),
            Some(5)
        );
    }

    #[test]
    fn the_first_seconds_cost_the_same_and_further_ones_add() {
        let price = Price::first_seconds(5, Usd::from_micros(1_400_000), Usd::from_micros(280_000));
        assert_eq!(cost(price, Some(3.0)), Some(1_400_000));
        assert_eq!(cost(price, Some(5.0)), Some(1_400_000));
        assert_eq!(cost(price, Some(10.0)), Some(2_800_000));
        assert_eq!(cost(price, Some(5.5)), Some(1_540_000));
        assert_eq!(cost(price, None), None);
    }

    #[test]
    fn a_price_per_call_needs_no_length() {
        assert_eq!(cost(Price::per_call(Usd::from_micros(7)), None), Some(7));
    }

    #[test]
    fn an_amount_that_does_not_fit_is_none() {
        assert_eq!(
            cost(Price::per_second(Usd::from_micros(u64::MAX)), Some(2.0)),
            None
        );
        let price = Price::first_seconds(0, Usd::from_micros(u64::MAX), Usd::from_micros(1));
        assert_eq!(cost(price, Some(1.0)), None);
    }

    #[test]
    fn sums_are_exact() {
        let sum: Usd = [100_000, 200_000].map(Usd::from_micros).into_iter().sum();
        assert_eq!(sum, Usd::from_micros(300_000));
        assert_eq!(
            Usd::from_micros(45_000).saturating_mul(3),
            Usd::from_micros(135_000)
        );
    }
}
