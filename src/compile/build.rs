//! From a tree to a pack, and everything a careful pharmacist would refuse on the way.

use crate::compile::cases;
use crate::compile::classes::close;
use crate::compile::complaint::names::{policy_absent, policy_twice};
use crate::compile::lower::{Lowering, lower};
use crate::compile::names::Names;
use crate::compile::resolve::resolve;
use crate::compile::review::{Review, review};
use crate::compile::review_doses::dimensions;
use crate::compile::terms::Terms;
use crate::diagnostic::report::{Diagnostic, Level};
use crate::pack::tables::RawPack;
use crate::source::tree::{Policy, Tree};

/// Compiles a tree. Never stops at the first mistake; any error means no pack, a warning alone does not.
///
/// The same tree gives an equal pack, whatever the order of its files.
pub fn compile(tree: &Tree) -> (Option<RawPack>, Vec<Diagnostic>) {
    let mut complaints = Vec::new();
    let policy = policy(tree, &mut complaints);
    let names = Names::of(tree, &mut complaints);
    resolve(tree, &names, &mut complaints);
    let closures = close(&names, &mut complaints);
    let whole = complaints.is_empty();
    let read = || {
        let mut complaints = Vec::new();
        (Terms::of(tree, &names, &closures.wider, &mut complaints), complaints)
    };
    let look = || {
        let mut complaints = Vec::new();
        let dimensions = dimensions(tree, &names);
        let about = Review { tree, names: &names, closures: &closures, dimensions: &dimensions, policy };
        review(about, &mut complaints);
        (cases::lower(&names, &mut complaints), complaints)
    };
    // Codes are read while rules are reviewed; one after the other where something is wrong already, so that what is
    // said does not hang on which was quicker.
    let ((terms, of_terms), (cases, of_rules)) = if whole { both(read, look) } else { (read(), look()) };
    complaints.extend(of_terms.into_iter().chain(of_rules));
    complaints.sort_by_key(|c| c.labels.first().map_or((true, Default::default()), |(span, _)| (false, *span)));
    let refused = complaints.iter().any(|c| c.level == Level::Error);
    let lowering = Lowering::new(&names, &closures, policy);
    let pack = (!refused).then(|| lower(lowering, &terms, cases::encode(&cases)));
    (pack, complaints)
}

/// Does two things at once.
fn both<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        // A thread that panicked took a fault of ours with it: it goes on here.
        (first.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault)), second)
    })
}

/// The one policy of the folder.
fn policy<'t>(tree: &'t Tree, complaints: &mut Vec<Diagnostic>) -> Option<&'t Policy> {
    let Some((first, more)) = tree.policies.split_first() else {
        complaints.push(policy_absent());
        return None;
    };
    complaints.extend(more.iter().map(|second| policy_twice(first, second)));
    Some(first)
}
