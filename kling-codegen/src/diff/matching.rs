//! Finds which member of a list is which member of the list that followed it.

use crate::diff::pairs::{Scope, pair_up};
use crate::ir::definition::{Field, Record, UnionVariant};
use crate::ir::types::Type;

/// A member of a list before and after.
pub(super) enum Matched<'a, T> {
    Both(&'a T, &'a T),
    Removed(&'a T),
    Added(&'a T),
}

/// Whether a member of the new list is what became of a member of the old one.
type Test<'t, T> = &'t dyn Fn(&T, &T) -> bool;

/// Matches the members of two lists by the first test, and what is left over by the second. The order is the new one;
/// what is gone comes last.
pub(super) fn match_members<'a, T>(
    old: &'a [T],
    new: &'a [T],
    same: impl Fn(&T, &T) -> bool,
    akin: impl Fn(&T, &T) -> bool,
) -> Vec<Matched<'a, T>> {
    let mut partners: Vec<Option<usize>> = vec![None; new.len()];
    let mut free = vec![true; old.len()];
    let tests: [Test<'_, T>; 2] = [&same, &akin];
    for test in tests {
        for (partner, member) in partners.iter_mut().zip(new) {
            if partner.is_none() {
                *partner = (0..old.len()).find(|&index| free[index] && test(&old[index], member));
                if let Some(index) = *partner {
                    free[index] = false;
                }
            }
        }
    }
    let kept = partners
        .into_iter()
        .zip(new)
        .map(|(partner, member)| match partner {
            Some(index) => Matched::Both(&old[index], member),
            None => Matched::Added(member),
        });
    let gone = old
        .iter()
        .zip(free)
        .filter(|(_, free)| *free)
        .map(|(member, _)| Matched::Removed(member));
    kept.chain(gone).collect()
}

/// Matches fields by their name on the wire, and what is left over by the name in Rust.
pub(super) fn match_fields<'a>(old: &'a Record, new: &'a Record) -> Vec<Matched<'a, Field>> {
    match_members(
        &old.fields,
        &new.fields,
        |old, new| old.wire == new.wire,
        |old, new| old.ident == new.ident,
    )
}

/// Matches the forms of a union by their type, and what is left over by their name or because their type was renamed.
pub(super) fn match_variants<'a>(
    old: &'a [UnionVariant],
    new: &'a [UnionVariant],
    old_scope: Scope<'_>,
    new_scope: Scope<'_>,
) -> Vec<Matched<'a, UnionVariant>> {
    match_members(
        old,
        new,
        |old, new| same_variant(old_scope, new_scope, &old.ty, &new.ty),
        |old, new| {
            old.ident == new.ident || renamed_variant(old_scope, new_scope, &old.ty, &new.ty)
        },
    )
}

fn renamed_variant(old_scope: Scope<'_>, new_scope: Scope<'_>, old: &Type, new: &Type) -> bool {
    let (
        Type::Named(old_name) | Type::Boxed(old_name),
        Type::Named(new_name) | Type::Boxed(new_name),
    ) = (old, new)
    else {
        return false;
    };
    match (old_scope.find(old_name), new_scope.find(new_name)) {
        (Some(old), Some(new)) => pair_up(old_scope, new_scope, old, new),
        _ => false,
    }
}

fn same_variant(old_scope: Scope<'_>, new_scope: Scope<'_>, old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Named(old) | Type::Boxed(old), Type::Named(new) | Type::Boxed(new)) => {
            match (old_scope.find(old), new_scope.find(new)) {
                (Some(old), Some(new)) => old.name == new.name,
                _ => false,
            }
        }
        (Type::Array(old), Type::Array(new)) => {
            same_variant(old_scope, new_scope, &old.item.ty, &new.item.ty)
        }
        (Type::Map(old), Type::Map(new)) => same_variant(old_scope, new_scope, &old.ty, &new.ty),
        _ => std::mem::discriminant(old) == std::mem::discriminant(new),
    }
}

/// The members that are in both lists, in the old and in the new order, if these differ.
pub(super) fn reordered<'a, T>(
    matches: &[Matched<'a, T>],
    old: &'a [T],
) -> Option<(Vec<&'a T>, Vec<&'a T>)> {
    let kept: Vec<(&T, &T)> = matches
        .iter()
        .filter_map(|matched| match matched {
            Matched::Both(old, new) => Some((*old, *new)),
            _ => None,
        })
        .collect();
    let before: Vec<&T> = old
        .iter()
        .filter(|member| kept.iter().any(|(old, _)| std::ptr::eq(*old, *member)))
        .collect();
    let same = before
        .iter()
        .zip(&kept)
        .all(|(before, (old, _))| std::ptr::eq(*before, *old));
    (!same).then(|| (before, kept.into_iter().map(|(_, new)| new).collect()))
}
