//! What a pack would do to a day's work: hook requests answered as a server would, and the interruptive cards counted.

use crate::clinical::chart::Standing;
use crate::clinical::severity::Loudness;
use crate::clinical::time::Moment;
use crate::engine::screen::Screener;
use crate::hooks::cards::write;
use crate::hooks::request::read_any;
use serde::Serialize;
use std::collections::BTreeMap;

/// A hook request by the name of its file.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it was read.
    pub name: String,
    /// What it says.
    pub body: Vec<u8>,
}

/// What was answered.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Traffic {
    /// As of when, for every request.
    pub as_of: String,
    /// Requests answered.
    pub answered: usize,
    /// Requests refused, and files that are no request.
    pub refused: usize,
    /// Orders in hand over all of them.
    pub orders: usize,
    /// Cards that interrupt (`critical` and `warning`).
    pub interruptive_cards: usize,
    /// Cards that inform (`info`).
    pub passive_cards: usize,
    /// Interruptive cards for each 100 orders; `None` without an order.
    pub interruptive_per_100_orders: Option<f64>,
    /// Checks that could not be made.
    pub gaps: usize,
    /// Findings that interrupt, by rule.
    pub by_rule: BTreeMap<String, usize>,
}

/// Answers them all, as of one moment.
pub fn traffic(screener: &Screener, requests: &[Request], as_of: Moment) -> Traffic {
    let mut found = Traffic { as_of: as_of.rfc3339(), ..Traffic::default() };
    for request in requests {
        let Ok(call) = read_any(&request.body, as_of) else {
            found.refused += 1;
            continue;
        };
        found.answered += 1;
        found.orders += call.chart.medications.iter().filter(|m| m.standing == Standing::InHand).count();
        let screening = screener.screen(&call.chart);
        found.gaps += screening.gaps.len();
        for finding in screening.findings.iter().filter(|f| f.loudness == Loudness::Interruptive) {
            *found.by_rule.entry(finding.rule.id.to_owned()).or_default() += 1;
        }
        let (interruptive, passive) = cards(&write(&call, &screening));
        found.interruptive_cards += interruptive;
        found.passive_cards += passive;
    }
    if found.orders > 0 {
        let per_100 = found.interruptive_cards as f64 * 100.0 / found.orders as f64;
        found.interruptive_per_100_orders = Some((per_100 * 10.0).round() / 10.0);
    }
    found
}

/// How many cards of a response interrupt, and how many inform.
fn cards(body: &[u8]) -> (usize, usize) {
    let response: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let cards = response.get("cards").and_then(|c| c.as_array()).map_or(&[][..], Vec::as_slice);
    let passive = cards.iter().filter(|c| c.get("indicator").is_some_and(|i| i == "info")).count();
    (cards.len() - passive, passive)
}
