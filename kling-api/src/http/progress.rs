//! The progress of a transfer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The caller's function: it gets the bytes that have moved, and the length of the file.
pub(crate) type Report = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// The count of one transfer. It never goes back where a part is sent again, and never says more than there is.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    count: Arc<Mutex<Count>>,
    report: Option<Report>,
    /// 0 where it is not known.
    total: u64,
}

#[derive(Debug, Default)]
struct Count {
    moved: u64,
    told: Option<u64>,
}

impl Progress {
    pub(crate) fn new(report: Option<Report>, total: u64) -> Self {
        Self {
            count: Arc::default(),
            report,
            total,
        }
    }

    /// A share of it that may have to be taken back: one attempt at one part.
    pub(crate) fn share(&self) -> Share {
        Share(Arc::new(Attempt {
            progress: self.clone(),
            moved: Mutex::new(Some(0)),
        }))
    }

    /// Whether bytes have moved that are lost where the transfer is given up.
    pub(crate) fn has_begun(&self) -> bool {
        self.lock().moved > 0
    }

    /// So many bytes have arrived for good.
    pub(crate) fn arrived(&self, bytes: u64) {
        self.change(|moved| moved + bytes);
    }

    /// So many bytes that had arrived are of no use any more.
    pub(crate) fn gone(&self, bytes: u64) {
        self.change(|moved| moved.saturating_sub(bytes));
    }

    fn change(&self, change: impl FnOnce(u64) -> u64) {
        let mut count = self.lock();
        count.moved = change(count.moved);
        let now = if self.total == 0 {
            count.moved
        } else {
            count.moved.min(self.total)
        };
        if count.told.is_none_or(|told| now > told) {
            count.told = Some(now);
            // Under the lock, so that two parts report in the order in which they count.
            if let Some(report) = &self.report {
                report(now, self.total);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

/// What one attempt has moved. It is taken back with the attempt, unless that has succeeded.
#[derive(Debug)]
pub(crate) struct Share(Arc<Attempt>);

/// Counts for a share. The transport may hold on to it for longer than the attempt lasts.
#[derive(Clone, Debug)]
pub(crate) struct Counter(Arc<Attempt>);

#[derive(Debug)]
struct Attempt {
    progress: Progress,
    moved: Mutex<Option<u64>>,
}

impl Share {
    pub(crate) fn counter(&self) -> Counter {
        Counter(self.0.clone())
    }

    /// The attempt has succeeded: what it has moved counts for good.
    pub(crate) fn keep(self) {
        self.0.end();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(own) = self.0.end() {
            self.0.progress.change(|moved| moved.saturating_sub(own));
        }
    }
}

impl Counter {
    pub(crate) fn add(&self, bytes: u64) {
        if let Some(own) = &mut *self.0.lock() {
            *own += bytes;
            self.0.progress.change(|moved| moved + bytes);
        }
    }
}

impl Attempt {
    fn end(&self) -> Option<u64> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<u64>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_never_goes_back_and_ends_with_the_whole() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let keep = told.clone();
        let report: Report =
            Arc::new(move |moved, total| keep.lock().unwrap().push((moved, total)));
        let progress = Progress::new(Some(report), 10);
        let first = progress.share();
        let late = first.counter();
        late.add(6);
        drop(first);
        late.add(3);
        let again = progress.share();
        again.counter().add(5);
        again.counter().add(3);
        again.keep();
        progress.share().counter().add(2);
        let last = progress.share();
        last.counter().add(2);
        assert_eq!(*told.lock().unwrap(), [(6, 10), (8, 10), (10, 10)]);
    }
}
