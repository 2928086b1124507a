//! How much an editor may write: every bound of the parser, by name.

/// Bytes of a rules file: all interactions of a large class fit many times over.
pub const RULE_FILE_BYTES_MAX: usize = 1 << 20;

/// Bytes of a product table.
pub const TABLE_FILE_BYTES_MAX: usize = 64 << 20;

/// Rules in one file.
pub const RULES_PER_FILE_MAX: usize = 5_000;

/// How deep conditions may lie within each other.
pub const CONDITION_DEPTH_MAX: usize = 16;

/// Rows of one product table.
pub const TABLE_ROWS_MAX: usize = 500_000;

/// Parts of one product.
pub const PRODUCT_PARTS_MAX: usize = 64;

/// Mistakes reported of one file; beyond it one more says that there are more.
pub const MISTAKES_PER_FILE_MAX: usize = 500;

/// Statements that may be joined in the search for the end of a text over several lines.
pub const STATEMENTS_JOINED_MAX: usize = 16;

/// Entries of the chart of one case: as many drugs as an answer reads of a call.
pub const CASE_ENTRIES_MAX: usize = 512;
