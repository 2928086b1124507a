//! Check digits of code systems that have them: a mistyped code is caught before it silently never matches.

use crate::clinical::code::System;

/// Whether the check digit of a code is right; systems without one are always right.
///
/// SNOMED CT identifiers end in a digit after Verhoeff (the dihedral group of the pentagon), LOINC codes in one after
/// Luhn, behind the hyphen.
pub fn holds(system: &System, value: &str) -> bool {
    match system {
        System::Snomed => verhoeff(value),
        System::Loinc => value.split_once('-').is_some_and(|(number, check)| luhn(number, check)),
        _ => true,
    }
}

const PERMUTED: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

fn verhoeff(digits: &str) -> bool {
    let mut state = 0u8;
    for (place, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        state = turn(state, PERMUTED[place % 8][usize::from(byte - b'0')]);
    }
    state == 0
}

/// One motion of the pentagon after another: 0 to 4 turn it, 5 to 9 flip it.
fn turn(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

fn luhn(number: &str, check: &str) -> bool {
    if number.is_empty() || !number.bytes().chain(check.bytes()).all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}
