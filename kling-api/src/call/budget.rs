//! Limits on what a client may spend, checked against the published prices before anything is sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::values::usd::Usd;

/// The limits of a client, and what it has spent so far.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    limits: Limits,
    spent: Mutex<Usd>,
}

/// The limits that the caller set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) per_call: Option<Usd>,
    pub(crate) total: Option<Usd>,
}

/// An amount that is set aside for a call. Dropped without [`settle`](Self::settle), it stays spent:
/// a call that was dropped on its way may have bought.
#[derive(Debug)]
pub(crate) struct Reserved {
    budget: Arc<Budget>,
    amount: Usd,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            spent: Mutex::default(),
        }
    }

    /// Sets the price of a call aside, or refuses the call. A call of unknown price costs nothing as
    /// long as there is no limit to hold it against.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        cost: Option<Usd>,
        endpoint: &str,
    ) -> Result<Reserved, Error> {
        let Limits { per_call, total } = self.limits;
        let refused = |sentence: String| {
            Err(Error::new(Kind::OverBudget(sentence), Phase::Prepare).of_endpoint(endpoint))
        };
        let Some(amount) = cost else {
            if per_call.is_none() && total.is_none() {
                let amount = Usd::default();
                return Ok(Reserved {
                    budget: Arc::clone(self),
                    amount,
                });
            }
            return refused(format!(
                "what a call of {endpoint} costs is not known, so the limits of the \
                 client cannot be checked. Give its cost with expected_cost()"
            ));
        };
        if let Some(limit) = per_call.filter(|limit| amount > *limit) {
            return refused(format!(
                "the call costs {amount}, and one call may cost {limit}. Ask for less, or raise \
                 max_cost_per_call"
            ));
        }
        let mut spent = self.lock();
        let after = spent.saturating_add(amount);
        if let Some(total) = total.filter(|total| after > *total) {
            let left = Usd::from_micros(total.micros().saturating_sub(spent.micros()));
            return refused(format!(
                "the call costs {amount}, but of the budget of {total} there is {left} left: {} is \
                 spent. Ask for less, or make a client with a larger budget",
                *spent
            ));
        }
        *spent = after;
        Ok(Reserved {
            budget: Arc::clone(self),
            amount,
        })
    }

    pub(crate) fn spent(&self) -> Usd {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Usd> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reserved {
    /// Gives the amount back where the call provably bought nothing.
    pub(crate) fn settle<T>(self, outcome: &Result<T, Error>) {
        if let Err(error) = outcome
            && error.submission() == Submission::NotSubmitted
        {
            self.release();
        }
    }

    /// Gives the amount back.
    pub(crate) fn release(self) {
        let mut spent = self.budget.lock();
        *spent = Usd::from_micros(spent.micros().saturating_sub(self.amount.micros()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(cents: u64) -> Usd {
        Usd::from_micros(cents * 10_000)
    }

    fn budget(per_call: Option<u64>, total: Option<u64>) -> Arc<Budget> {
        Arc::new(Budget::new(Limits {
            per_call: per_call.map(cents),
            total: total.map(cents),
        }))
    }

    #[test]
    fn a_call_above_its_limit_is_refused_with_the_sums() {
        let budget = budget(Some(100), None);
        assert!(budget.reserve(Some(cents(100)), "a/b").is_ok());
        let error = budget.reserve(Some(cents(140)), "a/b").unwrap_err();
        assert!(error.is_over_budget());
        assert_eq!(error.submission(), Submission::NotSubmitted);
        assert!(!error.is_retryable());
        assert_eq!(
            format!("{error:#}"),
            "the job was not sent: the call costs $1.40, and one call may cost $1.00. Ask for less, \
             or raise max_cost_per_call"
        );
    }

    #[test]
    fn the_budget_is_used_up_to_the_last_cent_and_no_further() {
        let budget = budget(None, Some(300));
        for _ in 0..2 {
            let reserved = budget.reserve(Some(cents(140)), "a/b").unwrap();
            reserved.settle(&Ok(()));
        }
        assert_eq!(budget.spent(), cents(280));
        let error = budget.reserve(Some(cents(21)), "a/b").unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "the job was not sent: the call costs $0.21, but of the budget of $3.00 there is $0.20 \
             left: $2.80 is spent. Ask for less, or make a client with a larger budget"
        );
        assert!(budget.reserve(Some(cents(20)), "a/b").is_ok());
        assert_eq!(budget.spent(), cents(300));
    }

    #[test]
    fn only_what_bought_nothing_is_given_back() {
        let budget = budget(None, Some(100));
        let failed = |submission| {
            let mut error = Error::new(Kind::Refused, Phase::Submit);
            error.inner_mut().submission = submission;
            Err::<(), _>(error)
        };
        let reserve = || budget.reserve(Some(cents(10)), "a/b").unwrap();
        reserve().settle(&failed(Submission::NotSubmitted));
        assert_eq!(budget.spent(), cents(0));
        reserve().settle(&failed(Submission::Unknown));
        assert_eq!(budget.spent(), cents(10));
        reserve().settle(&failed(Submission::Submitted("6f".into())));
        assert_eq!(budget.spent(), cents(20));
        let _ = reserve();
        assert_eq!(budget.spent(), cents(30));
    }

    #[test]
    fn an_unknown_price_is_refused_only_where_there_is_a_limit() {
        assert!(budget(None, None).reserve(None, "a/b").is_ok());
        for budget in [budget(Some(1), None), budget(None, Some(1))] {
            let error = format!("{:#}", budget.reserve(None, "a/b").unwrap_err());
            assert!(
                error.contains("a call of a/b costs is not known"),
                "{error}"
            );
            assert!(error.contains("expected_cost()"), "{error}");
        }
    }

    #[test]
    fn callers_at_once_do_not_spend_more_than_there_is() {
        let budget = budget(None, Some(50));
        let bought = std::thread::scope(|scope| {
            let buyers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..100)
                            .filter(|_| budget.reserve(Some(cents(1)), "a/b").is_ok())
                            .count()
                    })
                })
                .collect();
            buyers
                .into_iter()
                .map(|buyer| buyer.join().unwrap())
                .sum::<usize>()
        });
        assert_eq!((bought, budget.spent()), (50, cents(50)));
    }
}
