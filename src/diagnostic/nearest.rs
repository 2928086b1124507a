//! The word an editor probably meant.

/// Longer words than this are not compared: nobody mistypes a paragraph.
const WORD_CHARS_MAX: usize = 80;

/// The candidate nearest to a word, or `None` when none is near enough to be worth a guess.
///
/// Near means: at most one slip (a letter too many, too few, wrong or swapped) for every three letters of the word, and
/// at least one; letter case does not count. Among equally near ones the first in alphabetical order is taken, so that the
/// answer does not hang on the order of the candidates.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    let length = word.chars().count();
    if length == 0 || length > WORD_CHARS_MAX {
        return None;
    }
    let slips = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * slips)
        .map(|candidate| (strsim::osa_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= slips && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Candidates in the order in which to offer them: the nearest first, the rest as they come.
pub fn near_first<'a>(word: &str, candidates: &[&'a str]) -> Vec<&'a str> {
    let near = nearest(word, candidates.iter().copied());
    near.into_iter().chain(candidates.iter().copied().filter(|c| Some(*c) != near)).collect()
}
