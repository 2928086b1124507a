//! Words a clinician would recognise: plain values, exact numbers, no I/O. Imports nothing of ours.

pub mod access_token;
pub mod apart;
pub mod category;
pub mod chart;
pub mod code;
pub mod conversion;
pub mod exact;
pub mod form;
pub mod pace;
pub mod phases;
pub mod quantity;
pub mod reckoning;
pub mod regimen;
pub mod remembered;
pub mod route;
pub mod route_codes;
pub mod severity;
pub mod time;
pub mod unit;
pub mod weight;
pub mod written;
