//! From other people's tables to rules folders: RxNorm, FDA, SNOMED CT, ATC and interaction tables.
//!
//! `drug_name` and `dose_form` read what RxNorm calls a product; `substances` knows the ingredients and salts by name and
//! code; `product` puts the two together; `terminology` is what is gathered, and how it is written as tables; `skipped`
//! keeps account of what was left out and why. Each source has a file of its own.

pub mod dose_form;
pub mod drug_name;
pub mod facts;
pub mod facts_names;
pub mod facts_routes;
pub mod product;
pub mod skipped;
pub mod substances;
pub mod table;
pub mod terminology;
