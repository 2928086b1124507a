//! Conditions: each kind, what holds beside what fails and what is unknown.
