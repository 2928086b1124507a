//! From other people's tables to rules folders: RxNorm, FDA, SNOMED CT, ATC and interaction tables.
//!
//! `drug_name` and `dose_form` read what RxNorm calls a product; `substances` knows the ingredients and salts by name and
//! code; `product` puts the two together; `terminology` is what is gathered, and how it is written as tables; `skipped`
//! keeps account of what was left out and why. Each source has a file of its own.

pub mod atc;
pub mod dose_form;
pub mod drug_name;
pub mod facts;
pub mod facts_names;
pub mod facts_routes;
pub mod interactions;
pub mod interactions_ansm;
pub mod known;
pub mod ndc;
pub mod ndc_form;
pub mod product;
pub mod rxnorm;
pub mod skipped;
pub mod snomed;
pub mod substances;
pub mod table;
pub mod terminology;
