//! From a tree to a pack, and everything a careful pharmacist would refuse on the way.

use crate::compile::cases;
use crate::compile::classes::close;
use crate::compile::complaint::names::{policy_absent, policy_twice};
use crate::compile::lower::{Lowering, lower};
use crate::compile::names::Names;
use crate::compile::resolve::resolve;
use crate::compile::review::{Review, review};
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
    let terms = Terms::of(tree, &names, &closures.wider, &mut complaints);
    review(Review { tree, names: &names, closures: &closures, policy }, &mut complaints);
    let cases = cases::lower(&names, &mut complaints);
    complaints.sort_by_key(|c| c.labels.first().map_or((true, Default::default()), |(span, _)| (false, *span)));
    let refused = complaints.iter().any(|c| c.level == Level::Error);
    let lowering = Lowering::new(&names, &closures, policy);
    let pack = (!refused).then(|| lower(lowering, &terms, cases::encode(&cases)));
    (pack, complaints)
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
