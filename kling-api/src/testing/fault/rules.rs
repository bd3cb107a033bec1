//! Which requests a fault applies to.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::testing::fault::Fault;
use crate::testing::fault::active::ActiveFault;
use crate::testing::operation::Operation;

/// All rules of one fake, in the order in which they were made. Of those that match a request, the first applies.
#[derive(Default)]
pub(crate) struct FaultRules {
    rules: Mutex<Vec<FaultRuleState>>,
}

struct FaultRuleState {
    operation: Operation,
    fault: Fault,
    /// In place of what the fault says.
    takes_effect: Option<bool>,
    endpoint: Option<String>,
    request_id: Option<String>,
    first: u64,
    last: u64,
    times: u64,
    seen: u64,
    applied: u64,
    removed: bool,
}

impl FaultRules {
    /// # Panics
    /// If the fault has no meaning for the operation.
    #[track_caller]
    pub(crate) fn add(&self, operation: Operation, fault: Fault) -> FaultRule<'_> {
        fault.check(operation);
        let mut rules = self.lock();
        rules.push(FaultRuleState {
            operation,
            fault,
            takes_effect: None,
            endpoint: None,
            request_id: None,
            first: 1,
            last: u64::MAX,
            times: u64::MAX,
            seen: 0,
            applied: 0,
            removed: false,
        });
        FaultRule {
            rules: self,
            index: rules.len() - 1,
        }
    }

    /// Counts a request for every rule that matches it, and returns the fault that applies to it.
    pub(crate) fn active(
        &self,
        operation: Operation,
        endpoint: Option<&str>,
        request_id: Option<&str>,
    ) -> Option<ActiveFault> {
        let mut active = None;
        for rule in self.lock().iter_mut() {
            if rule.removed
                || rule.operation != operation
                || rule.endpoint.is_some() && rule.endpoint.as_deref() != endpoint
                || rule.request_id.is_some() && rule.request_id.as_deref() != request_id
            {
                continue;
            }
            rule.seen += 1;
            let due = (rule.first..=rule.last).contains(&rule.seen) && rule.applied < rule.times;
            if due && active.is_none() {
                rule.applied += 1;
                let mut fault = rule.fault.activate(operation);
                fault.takes_effect = rule.takes_effect.unwrap_or(fault.takes_effect);
                active = Some(fault);
            }
        }
        active
    }

    pub(crate) fn clear(&self) {
        for rule in self.lock().iter_mut() {
            rule.removed = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<FaultRuleState>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault that was set, to say which requests it applies to. By default, it applies to all of its operation.
#[derive(Clone, Copy)]
pub struct FaultRule<'a> {
    rules: &'a FaultRules,
    index: usize,
}

impl fmt::Debug for FaultRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultRule")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "each method has its effect at once; what it returns is for chaining"
)]
impl FaultRule<'_> {
    /// Applies to at most this many requests.
    pub fn times(self, times: u64) -> Self {
        self.change(|rule| rule.times = times);
        self
    }

    /// Applies to the nth request only, counted from 1 since the rule was made.
    pub fn nth(self, nth: u64) -> Self {
        self.change(|rule| (rule.first, rule.last) = (nth, nth));
        self
    }

    /// Lets this many requests pass first.
    pub fn after(self, passed: u64) -> Self {
        self.change(|rule| rule.first = passed.saturating_add(1));
        self
    }

    /// Applies to every request, which is the default.
    pub fn always(self) -> Self {
        self.change(|rule| (rule.first, rule.last, rule.times) = (1, u64::MAX, u64::MAX));
        self
    }

    /// Counts only requests for this endpoint, and applies to them alone.
    pub fn for_endpoint(self, endpoint: &str) -> Self {
        self.change(|rule| rule.endpoint = Some(endpoint.to_owned()));
        self
    }

    /// Counts only requests about this job, and applies to them alone.
    pub fn for_request(self, request_id: &str) -> Self {
        self.change(|rule| rule.request_id = Some(request_id.to_owned()));
        self
    }

    /// Whether the request is carried out all the same. A gateway that sends a 502 may well have passed a submit on:
    /// `fake.fault(Operation::Submit, Fault::ProxyHtml(502)).takes_effect(true)`.
    pub fn takes_effect(self, takes_effect: bool) -> Self {
        self.change(|rule| rule.takes_effect = Some(takes_effect));
        self
    }

    /// How many requests the fault has been applied to.
    #[must_use]
    pub fn struck(self) -> u64 {
        self.change(|rule| rule.applied)
    }

    /// Applies to no further request.
    pub fn remove(self) {
        self.change(|rule| rule.removed = true);
    }

    fn change<T>(self, change: impl FnOnce(&mut FaultRuleState) -> T) -> T {
        change(&mut self.rules.lock()[self.index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fault::active::Change;

    fn rule(rules: &FaultRules, code: u16) -> FaultRule<'_> {
        rules.add(Operation::Submit, Fault::status(code))
    }

    /// The statuses of so many requests; 0 where no fault applies.
    fn codes(rules: &FaultRules, requests: usize) -> Vec<u16> {
        let code = |_| match rules.active(Operation::Submit, Some("a/b"), Some("7")) {
            Some(fault) => match fault.change {
                Change::Replace(response) => response.code,
                _ => 1,
            },
            None => 0,
        };
        (0..requests).map(code).collect()
    }

    #[test]
    fn a_rule_applies_always_by_default() {
        let rules = FaultRules::default();
        rule(&rules, 502);
        assert_eq!(codes(&rules, 3), [502, 502, 502]);
        assert!(rules.active(Operation::Status, None, None).is_none());
    }

    #[test]
    fn times_hands_over_to_the_next_rule() {
        let rules = FaultRules::default();
        rule(&rules, 501).times(1);
        rule(&rules, 502).times(2);
        assert_eq!(codes(&rules, 5), [501, 502, 502, 0, 0]);
    }

    #[test]
    fn nth_and_after_count_all_requests() {
        let rules = FaultRules::default();
        rule(&rules, 501).nth(2);
        rule(&rules, 502).after(3).times(1);
        assert_eq!(codes(&rules, 5), [0, 501, 0, 502, 0]);
    }

    #[test]
    fn a_rule_may_be_for_one_endpoint_or_one_job() {
        let rules = FaultRules::default();
        rule(&rules, 501).for_endpoint("x/y");
        rule(&rules, 502).for_request("8");
        assert_eq!(codes(&rules, 1), [0]);
        let other = rule(&rules, 503);
        other.for_endpoint("a/b").for_request("7");
        assert_eq!(codes(&rules, 1), [503]);
        assert_eq!(other.struck(), 1);
    }

    #[test]
    fn rules_can_be_taken_away() {
        let rules = FaultRules::default();
        rule(&rules, 501).remove();
        rule(&rules, 502);
        assert_eq!(codes(&rules, 1), [502]);
        rules.clear();
        assert_eq!(codes(&rules, 1), [0]);
    }
}
