//! Classes as a graph: cycles named as the path that closes them, and membership closed downward.

use crate::compile::complaint::classes::{class_empty, class_goes_in_a_circle, problem_goes_in_a_circle};
use crate::compile::names::{Meant, Names, Roll};
use crate::diagnostic::report::{Diagnostic, Span};
use crate::source::tree::{Class, DrugSet, Name, Problem};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeSet;

/// Members of every class, and the wider problems of every problem.
#[derive(Debug, Default)]
pub struct Closures {
    /// For each class, its ingredients, ascending.
    pub members: Vec<Vec<u16>>,
    /// For each class, the classes below it and itself, ascending.
    pub below: Vec<Vec<u16>>,
    /// For each problem, itself and every problem that includes it, ascending.
    pub wider: Vec<Vec<u16>>,
}

/// Closes classes and problems; complains of circles and of classes nobody belongs to.
pub fn close(names: &Names<'_>, complaints: &mut Vec<Diagnostic>) -> Closures {
    let graph = class_graph(names);
    let (order, circles) = order(&graph);
    for circle in &circles {
        complaints.push(class_goes_in_a_circle(&names.classes, circle, &link_spans(names, circle)));
    }
    let rows = names.classes.rows.len();
    let mut closures = Closures { members: vec![Vec::new(); rows], below: vec![Vec::new(); rows], wider: Vec::new() };
    let circular: BTreeSet<usize> = circles.into_iter().flatten().collect();
    for class in order {
        let (members, below) = members_of(names, &closures, class);
        closures.members[class] = members;
        closures.below[class] = below;
    }
    for (n, class) in names.classes.rows.iter().enumerate() {
        let told = circular.contains(&n) || names.is_broken(&class.name.value) || !is_whole(names, &closures, class);
        if closures.members[n].is_empty() && !told {
            complaints.push(class_empty(class));
        }
    }
    closures.wider = wider_problems(&names.problems, complaints);
    closures
}

/// Whether everything a class lists leads somewhere, and to no class that is empty itself: else that has been told.
fn is_whole(names: &Names<'_>, closures: &Closures, class: &Class) -> bool {
    let filled = |n: &Name| names.classes.get(&n.value).is_some_and(|c| !closures.members[c].is_empty());
    class.ingredients.iter().all(|n| names.ingredients.get(&n.value).is_some()) && class.classes.iter().all(filled)
}

/// The ingredients of a set as written, ascending; unknown names bring nothing.
pub fn members(names: &Names<'_>, closures: &Closures, set: &DrugSet) -> Vec<u16> {
    let mut members: BTreeSet<u16> = set.ingredients.iter().filter_map(|n| names.ingredients.id(&n.value)).collect();
    for class in set.classes.iter().filter_map(|n| names.classes.get(&n.value)) {
        members.extend(&closures.members[class]);
    }
    take_out(names, closures, &set.except, &mut members);
    members.into_iter().collect()
}

/// Takes the ingredients and classes of an `except` out.
fn take_out(names: &Names<'_>, closures: &Closures, except: &[Name], members: &mut BTreeSet<u16>) {
    for meant in except.iter().flat_map(|n| names.drugs_meant(&n.value)) {
        match meant {
            Meant::Ingredient(id) => {
                members.remove(&id);
            }
            Meant::Class(id) => closures.members[usize::from(id)].iter().for_each(|m| {
                members.remove(m);
            }),
            Meant::Allergen(_) => {}
        }
    }
}

fn members_of(names: &Names<'_>, closures: &Closures, class: usize) -> (Vec<u16>, Vec<u16>) {
    let written = names.classes.rows[class];
    let mut members = Bag::of(names.ingredients.rows.len());
    let mut below = Bag::of(names.classes.rows.len());
    written.ingredients.iter().filter_map(|n| names.ingredients.id(&n.value)).for_each(|id| members.put(id));
    below.put(class as u16);
    for sub in written.classes.iter().filter_map(|n| names.classes.get(&n.value)) {
        closures.members[sub].iter().for_each(|id| members.put(*id));
        closures.below[sub].iter().for_each(|id| below.put(*id));
    }
    let mut members = members.ascending();
    if !written.except.is_empty() {
        let mut left: BTreeSet<u16> = members.into_iter().collect();
        take_out(names, closures, &written.except, &mut left);
        members = left.into_iter().collect();
    }
    (members, below.ascending())
}

/// Ids gathered from many lists, each once: putting one in costs the same however many there are.
struct Bag {
    has: Vec<bool>,
    ids: Vec<u16>,
}

impl Bag {
    /// A bag for ids below a number; what lies beyond is left out.
    fn of(rows: usize) -> Bag {
        Bag { has: vec![false; rows], ids: Vec::new() }
    }

    fn put(&mut self, id: u16) {
        if let Some(has) = self.has.get_mut(usize::from(id)).filter(|has| !**has) {
            *has = true;
            self.ids.push(id);
        }
    }

    fn ascending(mut self) -> Vec<u16> {
        self.ids.sort_unstable();
        self.ids
    }
}

/// The classes a class leans on: its sub-classes and the classes it takes out.
fn leans_on(class: &Class) -> impl Iterator<Item = &Name> {
    class.classes.iter().chain(&class.except)
}

fn class_graph(names: &Names<'_>) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    let nodes: Vec<NodeIndex> = names.classes.rows.iter().map(|_| graph.add_node(())).collect();
    for (n, class) in names.classes.rows.iter().enumerate() {
        for sub in leans_on(class).filter_map(|s| names.classes.get(&s.value)) {
            graph.update_edge(nodes[n], nodes[sub], ());
        }
    }
    graph
}

/// Nodes so that each comes after all it leans on, without those in a circle; and the circles, each as the shortest path
/// that leads from its first node back to it.
pub fn order(graph: &DiGraph<(), ()>) -> (Vec<usize>, Vec<Vec<usize>>) {
    let (mut order, mut circles) = (Vec::new(), Vec::new());
    for component in tarjan_scc(graph) {
        let mut component: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
        component.sort_unstable();
        match component.as_slice() {
            [only] if !graph.contains_edge(NodeIndex::new(*only), NodeIndex::new(*only)) => order.push(*only),
            [first, ..] => circles.push(circle(graph, *first, &component)),
            [] => {}
        }
    }
    circles.sort();
    (order, circles)
}

/// The shortest way from a node back to itself inside its component, by breadth; it stands at the front alone.
fn circle(graph: &DiGraph<(), ()>, start: usize, component: &[usize]) -> Vec<usize> {
    let mut paths = std::collections::VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        let last = path.last().copied().unwrap_or(start);
        let mut next: Vec<usize> = graph.neighbors(NodeIndex::new(last)).map(NodeIndex::index).collect();
        next.sort_unstable();
        for node in next {
            if node == start {
                return path;
            }
            if component.binary_search(&node).is_ok() && seen.insert(node) {
                let mut longer = path.clone();
                longer.push(node);
                paths.push_back(longer);
            }
        }
    }
    vec![start]
}

/// Where each step of a circle of classes is written.
fn link_spans(names: &Names<'_>, circle: &[usize]) -> Vec<Span> {
    let step = |(n, from): (usize, &usize)| {
        let to = names.classes.rows[circle[(n + 1) % circle.len()]].name.value.as_str();
        let class = names.classes.rows[*from];
        leans_on(class).find(|s| s.value == to).map_or(class.name.span, |s| s.span)
    };
    circle.iter().enumerate().map(step).collect()
}

/// For each problem itself and all problems that include it, however far up.
fn wider_problems(problems: &Roll<'_, Problem>, complaints: &mut Vec<Diagnostic>) -> Vec<Vec<u16>> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    let nodes: Vec<NodeIndex> = problems.rows.iter().map(|_| graph.add_node(())).collect();
    for (n, problem) in problems.rows.iter().enumerate() {
        for narrow in problem.problems.iter().filter_map(|p| problems.get(&p.value)) {
            graph.update_edge(nodes[narrow], nodes[n], ());
        }
    }
    let (order, circles) = order(&graph);
    for circle in &circles {
        // The edges lead from narrow to wide; an editor reads from wide to narrow.
        let written: Vec<usize> = circle.iter().take(1).chain(circle.iter().skip(1).rev()).copied().collect();
        complaints.push(problem_goes_in_a_circle(problems, &written));
    }
    let mut wider: Vec<Vec<u16>> = vec![Vec::new(); problems.rows.len()];
    for n in order {
        let mut bag = Bag::of(problems.rows.len());
        bag.put(n as u16);
        graph.neighbors(nodes[n]).for_each(|up| wider[up.index()].iter().for_each(|id| bag.put(*id)));
        wider[n] = bag.ascending();
    }
    wider
}
