//! How good a pack is: what it covers, what it says of lists that others drew up, whom it would interrupt, and what its
//! rules lack. Screens with the engine as a server would; knows neither rule text nor the compiler.

pub mod adult;
pub mod cards;
pub mod complaints;
pub mod coverage;
pub mod everyday;
pub mod lists;
pub mod onc;
pub mod page;
pub mod page_lists;
pub mod reach;
pub mod recognition;
pub mod scorecard;
pub mod traffic;
pub mod upkeep;
pub mod vignettes;
