//! Every code the parser may report, with what it means in a line.

/// (code, meaning), ascending. `K0104` belongs to the compiler, which names what no file defines.
pub const CODES: &[(&str, &str)] = &[
    ("K0101", "the text is not TOML here"),
    ("K0102", "no table of this kind exists"),
    ("K0103", "no key of this name exists here"),
    ("K0105", "a value of another type is wanted"),
    ("K0106", "something required is missing"),
    ("K0107", "the word is not in a closed list"),
    ("K0108", "the number cannot be read or is out of range"),
    ("K0109", "a decimal without quotes is not exact"),
    ("K0110", "the quantity or its unit cannot be read"),
    ("K0111", "the comparison cannot be read"),
    ("K0112", "the date cannot be read"),
    ("K0113", "the length of time cannot be read"),
    ("K0114", "empty text matches nothing or everything"),
    ("K0115", "the name has characters a name may not have"),
    ("K0116", "the same key or table is written twice"),
    ("K0117", "single and double brackets are mixed up"),
    ("K0118", "keys contradict each other or have no effect"),
    ("K0119", "the code cannot be one of its system"),
    ("K0120", "more than the parser's limits allow"),
    ("K0121", "conditions lie too deep within each other"),
    ("K0122", "a row of a table has a wrong number of cells"),
    ("K0123", "the header of a table is none of those known"),
    ("K0124", "a part of a product cannot be read"),
    ("K0125", "a condition asks nothing"),
    ("K0126", "the file is neither rules nor a product table"),
    ("K0127", "a set of drugs names no drug"),
    ("K0128", "the check digit of the code is wrong (warning)"),
    ("K0129", "a table and something written by hand contradict each other"),
    ("K0130", "a row of a table belongs to an ingredient that nobody defines"),
    ("K0131", "a row of a code table names what no file defines"),
    ("K0132", "a distance between two givings cannot be read or kept"),
];

/// What a code means; `None` when the parser has no such code.
pub fn meaning(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(c, _)| *c == code).map(|(_, meaning)| *meaning)
}
