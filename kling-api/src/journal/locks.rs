//! A lock for each key, within this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Lock, OwnedMutexGuard};

/// The locks of all keys that somebody has or waits for.
///
/// Between processes a lease decides who may submit; within one, this lock does, which no clock and no pause of the
/// process can break.
#[derive(Debug, Default)]
pub(super) struct Locks {
    keys: Mutex<HashMap<String, Weak<Lock<()>>>>,
}

impl Locks {
    /// Waits until nobody else of this process is at the key.
    pub(super) async fn lock(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = self.of(key);
        lock.lock_owned().await
    }

    fn of(&self, key: &str) -> Arc<Lock<()>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = keys.get(key).and_then(Weak::upgrade) {
            return lock;
        }
        // Those that nobody has any more are swept out whenever there are twice as many as were alive.
        if keys.len() == keys.capacity() {
            keys.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(Lock::new(()));
        keys.insert(key.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_has_a_key_and_others_do_not_wait() {
        let locks = Locks::default();
        let held = locks.lock("a").await;
        let other = locks.lock("b").await;
        let waiting = locks.lock("a");
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(held);
        let _again = waiting.await;
        drop(other);
    }

    #[tokio::test]
    async fn locks_that_nobody_has_are_forgotten() {
        let locks = Locks::default();
        for number in 0..10_000 {
            drop(locks.lock(&number.to_string()).await);
        }
        assert!(locks.keys.lock().unwrap().len() < 100);
    }
}
