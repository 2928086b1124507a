//! Records become exposures: at least forty cases, each with its answer and why. As of 15 January 2026, noon.

use crate::tiny::{chart, pack};
use caveat::clinical::chart::{Entry, Standing};
use caveat::engine::amount::amounts_of;
use caveat::engine::bind::bind;
use caveat::engine::bound::{Bound, Change, Currency, Exposure};
use caveat::pack::ids::IngredientId;

struct Case {
    name: &'static str,
    records: &'static str,
    answer: &'static str,
    why: &'static str,
}

const fn case(name: &'static str, records: &'static str, answer: &'static str, why: &'static str) -> Case {
    Case { name, records, answer, why }
}

const CASES: &[Case] = &[
    case(
        "active_is_current_whatever_its_age",
        "takes 1001 on=2019-03-01",
        "warfarin current from 2019-03-01",
        "An active order is taken until somebody ends it.",
    ),
    case(
        "active_with_a_stated_end_that_passed",
        "takes 1001 on=2025-10-01 until=2025-12-31",
        "warfarin past to 2025-12-31",
        "A stated end date in the past ends it, whatever the status says.",
    ),
    case(
        "active_course_written_long_ago",
        "takes 1001 on=2025-01-01 dose=5_mg times=1 for=7_d",
        "warfarin current from 2025-01-01",
        "An end that is only worked out does not end what is still marked active.",
    ),
    case(
        "on_hold_is_current",
        "takes 1001 on=2025-12-01 status=on-hold",
        "warfarin current from 2025-12-01",
        "On hold may go on at any time.",
    ),
    case(
        "unknown_status_is_active",
        "takes 1001 on=2025-12-01 status=unknown",
        "warfarin current from 2025-12-01",
        "A status nobody said is treated as active.",
    ),
    case(
        "active_from_next_week",
        "takes 1001 from=2026-01-22",
        "warfarin future from 2026-01-22",
        "It starts after now.",
    ),
    case(
        "completed_within_its_supply",
        "takes 1001 as=dispense status=completed on=2025-12-20 supply=30_d",
        "warfarin current from 2025-12-20 to 2026-01-19",
        "Handed out for 30 days, 26 ago.",
    ),
    case(
        "completed_beyond_its_supply",
        "takes 1001 as=dispense status=completed on=2025-12-01 supply=30_d",
        "warfarin past to 2025-12-31",
        "The 30 days ran out; the past keeps its end, so that a washout can be counted.",
    ),
    case(
        "completed_without_supply_looks_back",
        "takes 1001 as=dispense status=completed on=2025-10-20",
        "warfarin current from 2025-10-20 to 2026-01-28",
        "Without days' supply, 100 days count.",
    ),
    case(
        "completed_without_supply_too_long_ago",
        "takes 1001 as=dispense status=completed on=2025-10-01",
        "warfarin past to 2026-01-09",
        "106 days: beyond the look-back of 100.",
    ),
    case(
        "completed_order_with_its_course",
        "takes 1003 status=completed on=2026-01-02 dose=400_mg times=3 for=7_d",
        "ibuprofen past to 2026-01-09",
        "The course of seven days ended on its own.",
    ),
    case(
        "given_once_is_over",
        "takes 1005 as=administration status=completed on=2026-01-10 dose=400_mg count=1",
        "ibuprofen past to 2026-01-11",
        "Given once in all: over the day after. A rule's offset reaches further.",
    ),
    case(
        "given_without_a_schedule_looks_back",
        "takes 1005 as=administration status=completed on=2026-01-10",
        "ibuprofen current from 2026-01-10 to 2026-04-20",
        "One giving of who knows how many: the look-back counts.",
    ),
    case(
        "completed_without_any_date",
        "takes 1001 as=statement status=completed",
        "warfarin current",
        "Nothing says when: taken, to be safe.",
    ),
    case(
        "stopped_with_its_date",
        "takes 1012 status=stopped on=2025-06-01 until=2025-12-20",
        "fluoxetine past to 2025-12-20",
        "Fluoxetine stopped 26 days ago: past, and its end lets a rule of five weeks see it.",
    ),
    case(
        "stopped_without_a_date",
        "takes 1012 status=stopped on=2025-12-20",
        "fluoxetine past to 2026-01-15",
        "Written 26 days ago and stopped at some time since: no later than now.",
    ),
    case(
        "stopped_long_ago_without_a_date",
        "takes 1012 status=stopped on=2024-01-01",
        "fluoxetine past to 2024-04-10",
        "It cannot have lasted longer than the look-back after it was written.",
    ),
    case(
        "not_taken_counts_for_nothing",
        "takes 1001 as=statement status=not-taken",
        "warfarin void",
        "The patient does not take it.",
    ),
    case(
        "entered_in_error_counts_for_nothing",
        "takes 9999 as=statement status=entered-in-error words=Mystery",
        "unknown void",
        "A mistake is no exposure, and no gap either.",
    ),
    case("do_not_perform_counts_for_nothing", "takes 1001 negated=yes", "warfarin void", "An instruction NOT to give."),
    case(
        "a_proposal_is_not_taken",
        "takes 1001 plan=yes on=2026-01-10",
        "warfarin void",
        "A plan without a date in the future is a thought.",
    ),
    case(
        "a_plan_for_later_is_future",
        "takes 1001 plan=yes from=2026-02-01",
        "warfarin future from 2026-02-01",
        "A plan with a date is placed there.",
    ),
    case(
        "statement_without_start",
        "takes 1001 as=statement on=2026-01-10",
        "warfarin current",
        "Noted on the 10th; it began at some time before, so the start stays open.",
    ),
    case(
        "four_records_are_one",
        "takes 1001 on=2025-12-01 ref=MedicationRequest/1 ; takes 11289 as=statement ; takes 1011 as=dispense status=completed on=2025-12-02 supply=90_d ; takes 1001 as=administration status=completed on=2025-12-03",
        "warfarin current from 2025-12-01, 4 records",
        "Order, statement, dispense and administration of one drug are one exposure; the brand has the same strength.",
    ),
    case(
        "two_orders_stay_two",
        "takes 1001 on=2025-12-01 ref=a ; takes 1001 on=2025-12-10 ref=b",
        "warfarin current from 2025-12-01 | warfarin current from 2025-12-10",
        "Two orders in force that do not name each other: a duplicate to be seen.",
    ),
    case(
        "linked_orders_are_one",
        "takes 1001 on=2025-06-01 ref=a ; takes 1001 on=2025-12-10 ref=b replaces=a",
        "warfarin current from 2025-06-01, 2 records",
        "The second says that it replaces the first.",
    ),
    case(
        "successive_orders_are_one",
        "takes 1001 from=2025-01-01 until=2025-06-30 ref=a ; takes 1001 on=2025-08-01 ref=b",
        "warfarin current from 2025-08-01, 2 records",
        "One had ended before the other began: the later leads.",
    ),
    case(
        "successive_strengths_stay_apart",
        "takes 1002 from=2025-01-01 until=2025-06-30 ref=a ; takes 1001 on=2025-08-01 ref=b",
        "warfarin current from 2025-08-01 | warfarin past to 2025-06-30",
        "Another strength: the earlier stays as a past exposure of its own.",
    ),
    case(
        "dispense_of_its_order",
        "takes 1001 on=2025-12-01 ref=a ; takes 1002 as=dispense status=completed on=2025-12-01 supply=30_d based-on=a",
        "warfarin current from 2025-12-01, 2 records",
        "5 mg ordered, 2.5 mg tablets handed out for it: named, so one exposure.",
    ),
    case(
        "dispense_of_another_strength",
        "takes 1001 on=2025-12-01 ref=a ; takes 1002 as=dispense status=completed on=2025-12-10 supply=60_d",
        "warfarin current from 2025-12-01 | warfarin current from 2025-12-10 to 2026-02-08",
        "Nothing links 2.5 mg tablets to the order of 5 mg: two.",
    ),
    case(
        "ingredient_code_folds_with_product",
        "takes 11289 as=statement ; takes 1001 on=2025-12-01",
        "warfarin current from 2025-12-01, 2 records",
        "The statement says less of the same.",
    ),
    case(
        "other_route_does_not_fold",
        "takes 1003 on=2025-12-01 ; takes 1004 as=statement",
        "ibuprofen current from 2025-12-01 | ibuprofen current",
        "Tablets and gel of ibuprofen are two exposures.",
    ),
    case(
        "two_dispenses_are_one",
        "takes 1001 as=dispense status=completed on=2025-11-01 supply=30_d ; takes 1001 as=dispense status=completed on=2025-12-28 supply=30_d",
        "warfarin current from 2025-12-28 to 2026-01-27, 2 records",
        "Refills of one product.",
    ),
    case(
        "same_resource_twice",
        "takes 1001 ref=MedicationRequest/7 ; takes 1001 ref=MedicationRequest/7",
        "warfarin current, 2 records",
        "One resource sent under two prefetch keys.",
    ),
    case(
        "statement_joins_one_of_two_orders",
        "takes 1001 ref=a on=2025-12-01 ; takes 1001 ref=b on=2025-12-02 ; takes 11289 as=statement",
        "warfarin current from 2025-12-01, 2 records | warfarin current from 2025-12-02",
        "It joins one order and does not glue the two together.",
    ),
    case(
        "past_and_present_of_one_drug",
        "takes 1001 as=dispense status=completed on=2023-01-01 supply=30_d ; takes 1001 on=2025-12-01",
        "warfarin current from 2025-12-01, 2 records",
        "One exposure, current; the old hand-out does not stretch it back to 2023.",
    ),
    case(
        "ingredient_beside_product",
        "takes 11289,1001",
        "warfarin current",
        "IN and SCD of one drug: the most specific wins, no gap.",
    ),
    case(
        "brand_beside_generic",
        "takes 1011,1001",
        "warfarin current",
        "Two products of one make-up explain each other.",
    ),
    case(
        "codes_that_disagree",
        "orders 1001,1003 ref=o",
        "ordered ibuprofen + warfarin current from 2026-01-15, start, NoDose | gap codes-disagree on a card: http://www.nlm.nih.gov/research/umls/rxnorm|1001, http://www.nlm.nih.gov/research/umls/rxnorm|1003",
        "Warfarin by one code and ibuprofen by the other: both are screened, and a gap says so.",
    ),
    case(
        "strengths_that_disagree",
        "orders 1001,1002 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, NoStrength | gap codes-disagree on a card: http://www.nlm.nih.gov/research/umls/rxnorm|1001, http://www.nlm.nih.gov/research/umls/rxnorm|1002",
        "One ingredient in two strengths: the tablet cannot be counted.",
    ),
    case(
        "unknown_beside_known",
        "takes 999999,1001",
        "warfarin current",
        "An unknown code beside a known one is no gap.",
    ),
    case(
        "unknown_code",
        "orders 999999 words=Foozol_5_mg",
        "ordered unknown current from 2026-01-15, start | gap unknown-code on a card: http://www.nlm.nih.gov/research/umls/rxnorm|999999 (Foozol 5 mg)",
        "The ordered drug is not identified: a gap, and a card.",
    ),
    case(
        "unknown_code_on_file",
        "takes 999999 words=Foozol_5_mg",
        "unknown current | gap unknown-code: http://www.nlm.nih.gov/research/umls/rxnorm|999999 (Foozol 5 mg)",
        "The same on file: a gap without a card.",
    ),
    case(
        "words_only",
        "takes words=grandmother's_drops as=statement",
        "unknown current | gap uncoded-drug: grandmother's drops",
        "Words are quoted, never matched.",
    ),
    case(
        "nothing_at_all",
        "orders ref=o",
        "ordered unknown current from 2026-01-15, start | gap no-drug on a card: which drug",
        "An order without a drug.",
    ),
    case(
        "reference_that_leads_nowhere",
        "orders unresolved=Medication/404",
        "ordered unknown current from 2026-01-15, start | gap unresolved-reference on a card: Medication/404",
        "The drug is behind a reference that was not sent.",
    ),
    case(
        "listed_ingredients",
        "takes part=11289:5_mg_/_1_tablet",
        "warfarin current",
        "No code of its own: what the resource lists counts.",
    ),
    case(
        "combination_product",
        "orders 1006 dose=1_tablet times=2",
        "ordered amoxicillin + clavulanate current from 2026-01-15, start, 1.75 g a day",
        "One product, two exposed ingredients; the tablet counts for each.",
    ),
    case("saline_is_no_drug", "takes 9001", "no drug current", "A carrier fluid is excluded, which is no gap."),
    case("saline_in_a_mixture", "takes part=9001 part=1005", "ibuprofen current", "Ibuprofen in saline is ibuprofen."),
    case(
        "start",
        "orders 1001 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day",
        "Nothing of it on file.",
    ),
    case(
        "same_id_is_a_change",
        "orders 1002 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/5 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, modify, 2.5 mg a day | warfarin current, replaced by 0",
        "The order carries the id of the one on file, at another strength: it modifies and replaces it.",
    ),
    case(
        "prior_prescription",
        "orders 1001 ref=new replaces=old dose=1_tablet times=1 ; takes 1001 ref=old dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current, replaced by 0",
        "It names the prior prescription, and nothing differs: renewal.",
    ),
    case(
        "based_on_renewal",
        "orders 1001 based-on=old dose=2_tablets times=1 ; takes 1001 ref=old dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, modify, 10 mg a day | warfarin current, replaced by 0",
        "It rests on the old one with another dose: modification.",
    ),
    case(
        "own_copy_still_a_draft",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/5 status=draft dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day | warfarin future from 2026-01-15, replaced by 0",
        "The stored draft of the order: it counts once, and nobody has taken it yet.",
    ),
    case(
        "own_copy_just_signed",
        "orders 1001 ref=MedicationRequest/5 on=2026-01-15 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/5 on=2026-01-15 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day | warfarin current from 2026-01-15, replaced by 0",
        "Signed today and differing in nothing: the order itself, which starts.",
    ),
    case(
        "own_copy_signed_long_ago",
        "orders 1001 ref=MedicationRequest/5 on=2025-06-01 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/5 on=2025-06-01 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current from 2025-06-01, replaced by 0",
        "In force since June: it goes on.",
    ),
    case(
        "own_copy_just_signed_and_handed_out",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/5 on=2026-01-15 dose=1_tablet times=1 ; takes 1001 as=dispense status=completed on=2026-01-15 supply=30_d based-on=MedicationRequest/5",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current from 2026-01-15, 2 records, replaced by 0",
        "A dispense of it is on file: it is taken already.",
    ),
    case(
        "own_dispense_in_other_tablets",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1002 as=dispense status=completed on=2026-01-10 supply=30_d based-on=MedicationRequest/5",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current from 2026-01-10 to 2026-02-09, replaced by 0",
        "2.5 mg tablets handed out for the order of 5 mg: its own dispense, which it goes on with.",
    ),
    case(
        "own_dispense_beside_another_order",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1001 ref=MedicationRequest/6 dose=1_tablet times=1 ; takes 1001 as=dispense status=completed on=2026-01-10 supply=30_d based-on=MedicationRequest/5",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current from 2026-01-10 to 2026-02-09, replaced by 0 | warfarin current",
        "The dispense belongs to the order in hand; the other order stays beside it.",
    ),
    case(
        "what_came_of_the_order",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1002 ref=MedicationRequest/6 replaces=MedicationRequest/5 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, modify, 5 mg a day | warfarin current, replaced by 0",
        "The order on file names the one in hand as its prior prescription: one drug, at another strength.",
    ),
    case(
        "another_drug_that_names_the_order",
        "orders 1001 ref=MedicationRequest/5 dose=1_tablet times=1 ; takes 1012 ref=MedicationRequest/6 replaces=MedicationRequest/5",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day | fluoxetine current",
        "Fluoxetine took the place of the order once; the order in hand does not end it.",
    ),
    case(
        "same_again_unlinked",
        "orders 1001 dose=1_tablet times=1 ; takes 1001 ref=old dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, renew, 5 mg a day | warfarin current",
        "Nothing links them and nothing differs: renewal, without a question.",
    ),
    case(
        "replacing_or_adding",
        "orders 1002 dose=1_tablet times=1 ; takes 1001 ref=old dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, unclear, 2.5 mg a day | warfarin current | gap replacing-or-adding: warfarin, on file as old",
        "2.5 mg ordered, 5 mg on file: 7.5 mg or a switch? Nobody said.",
    ),
    case(
        "other_schedule_unlinked",
        "orders 1003 dose=1_tablet times=3 ; takes 1003 ref=old dose=1_tablet times=1",
        "ordered ibuprofen current from 2026-01-15, unclear, 1.2 g a day | ibuprofen current | gap replacing-or-adding: ibuprofen, on file as old",
        "The same tablets at another pace: nobody said either.",
    ),
    case(
        "past_is_not_on_file",
        "orders 1002 dose=1_tablet times=1 ; takes 1001 status=stopped until=2025-10-01 ref=old",
        "ordered warfarin current from 2026-01-15, start, 2.5 mg a day | warfarin past to 2025-10-01",
        "What has ended is not replaced.",
    ),
    case(
        "stop",
        "orders 1001 ref=MedicationRequest/5 status=stopped ; takes 1001 ref=MedicationRequest/5",
        "ordered warfarin past to 2026-01-15, stop, NoDose | warfarin current, replaced by 0",
        "The order ends the one on file.",
    ),
    case(
        "hold",
        "orders 1001 ref=MedicationRequest/5 status=on-hold ; takes 1001 ref=MedicationRequest/5",
        "ordered warfarin current from 2026-01-15, hold, NoDose | warfarin current, replaced by 0",
        "The order holds it.",
    ),
    case(
        "two_drafts_stay_two",
        "orders 1001 dose=1_tablet times=1 ref=a ; drafts 1001 dose=1_tablet times=1 ref=b",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day | draft warfarin current from 2026-01-15, start",
        "Orders in hand and drafts never fold: they meet each other.",
    ),
    case(
        "order_in_hand_never_folds",
        "orders 1003 dose=1_tablet times=3 ref=a ; takes 1003 as=statement",
        "ordered ibuprofen current from 2026-01-15, unclear, 1.2 g a day | ibuprofen current | gap replacing-or-adding: ibuprofen",
        "What the patient says is on file; the order stands beside it.",
    ),
    case(
        "iv_to_oral",
        "orders 1008 dose=1_tablet times=4 ; takes 1013 ref=iv dose=1_g times=4 setting=inpatient",
        "ordered acetaminophen current from 2026-01-15, unclear, 2 g a day | acetaminophen current | gap replacing-or-adding: acetaminophen, on file as iv",
        "Oral paracetamol while the infusion is on file: switch or addition?",
    ),
    case(
        "home_list_and_inpatient_order",
        "orders 1007 dose=1_tablet times=1 setting=inpatient ; takes 1010 as=statement setting=home dose=1_tablet times=1",
        "ordered simvastatin current from 2026-01-15, unclear, 40 mg a day | simvastatin current | gap replacing-or-adding: simvastatin",
        "40 mg in hospital, 20 mg on the home list: two exposures and a question.",
    ),
    case(
        "renewal_without_a_dose",
        "orders 1007 ref=new replaces=old ; takes 1007 ref=old",
        "ordered simvastatin current from 2026-01-15, renew, NoDose | simvastatin current, replaced by 0",
        "The record names what it replaces, both are one product, neither says a dose: it goes on.",
    ),
    case(
        "another_product_without_a_dose",
        "orders 1007 ref=new replaces=old ; takes 1010 ref=old",
        "ordered simvastatin current from 2026-01-15, modify, NoDose | simvastatin current, replaced by 0",
        "40 mg in place of 20 mg, no dose said: another strength is a change.",
    ),
    case(
        "switch_of_drug_by_prior_prescription",
        "orders 1007 ref=new replaces=old dose=1_tablet times=1 ; takes 1012 ref=old",
        "ordered simvastatin current from 2026-01-15, start, 40 mg a day | fluoxetine current, replaced by 0",
        "Another drug replaces the prior one: it starts, and the old one is replaced.",
    ),
    case(
        "dose_by_strength",
        "orders 1015 dose=2_tablets times=1",
        "ordered digoxin current from 2026-01-15, start, 125 µg a day",
        "2 x 62.5 micrograms: exact.",
    ),
    case(
        "dose_range",
        "orders 1003 dose=1_tablet..2_tablets times=2..3",
        "ordered ibuprofen current from 2026-01-15, start, 800 mg to 2.4 g a day",
        "400 mg twice expected, 800 mg three times at worst.",
    ),
    case(
        "weekly_dose_stays_weekly",
        "orders 1001 dose=1_tablet times=1 per=7_d",
        "ordered warfarin current from 2026-01-15, start, 5 mg a day",
        "On the day it is taken it is one tablet.",
    ),
    case(
        "prn_with_maximum",
        "orders 1008 dose=2_tablets prn=yes times=1 per=4_h max=4_g",
        "ordered acetaminophen current from 2026-01-15, start, 4 g a day",
        "Every four hours would be 6 g; the maximum of 4 g binds.",
    ),
    case(
        "prn_without_any_limit",
        "orders 1008 dose=1_tablet prn=yes",
        "ordered acetaminophen current from 2026-01-15, start, 500 mg at once, Some(NoMaximum)",
        "One giving is known, a day is not.",
    ),
    case(
        "alternatives_take_the_larger",
        "orders 161 dose=500_mg times=4 route=oral and dose=1_g times=4 route=intravenous",
        "ordered acetaminophen current from 2026-01-15, start, 2 g to 4 g a day",
        "Oral or intravenous: the larger, never the sum.",
    ),
    case(
        "sequence_takes_the_heaviest",
        "orders 1001 seq=1 dose=2_tablets times=1 for=2_d then seq=2 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, 10 mg a day",
        "A loading phase, then maintenance: the day of the heaviest phase.",
    ),
    case(
        "count_of_a_vial",
        "orders 1005 dose=1_EA times=1",
        "ordered ibuprofen current from 2026-01-15, start, NotCountable",
        "One EA of an injection is no amount.",
    ),
    case(
        "volume_by_strength",
        "orders 1005 dose=100_mL times=2",
        "ordered ibuprofen current from 2026-01-15, start, 800 mg a day",
        "100 mL of 4 mg/mL.",
    ),
    case(
        "tablets_without_strength",
        "orders 11289 dose=1_tablet times=1",
        "ordered warfarin current from 2026-01-15, start, NoStrength",
        "Ingredient known, strength not: the dose is a gap later, never zero.",
    ),
    case(
        "unreadable_dose",
        "orders 1001 blob=1_blob times=1",
        "ordered warfarin current from 2026-01-15, start, Unreadable(\"1_blob\")",
        "A unit nobody knows.",
    ),
    case(
        "mass_of_a_combination",
        "orders 1006 dose=1_g times=2",
        "ordered amoxicillin + clavulanate current from 2026-01-15, start, Units",
        "1 g of two ingredients does not say of which.",
    ),
];

#[test]
fn exposures() {
    let pack = pack();
    let mut wrong = String::new();
    assert!(CASES.len() >= 40, "{} cases", CASES.len());
    for case in CASES {
        let chart = chart(case.records);
        let answer = print(&bind(&chart, &pack));
        println!("{}\n    {}\n    = {answer}\n    {}\n", case.name, case.records, case.why);
        if answer != case.answer {
            wrong.push_str(&format!(
                "{}: {}\n    wanted {}\n    found  {answer}\n",
                case.name, case.records, case.answer
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// One line: every exposure, then every gap about a drug.
fn print(bound: &Bound<'_>) -> String {
    let mut lines: Vec<String> = bound.exposures.iter().map(|e| line(bound, e)).collect();
    let drug = |g: &&caveat::engine::finding::Gap| matches!(g.entry, Entry::Medication(_));
    for gap in bound.gaps.iter().filter(drug) {
        let card = if gap.on_card { " on a card" } else { "" };
        lines.push(format!("gap {}{card}: {}", gap.kind.word(), gap.words));
    }
    lines.join(" | ")
}

fn line(bound: &Bound<'_>, e: &Exposure) -> String {
    let names: Vec<&str> = e.parts.iter().map(|p| crate::tiny::INGREDIENTS[p.ingredient.index()].0).collect();
    let mut out = match e.standing {
        Standing::InHand => String::from("ordered "),
        Standing::Draft => String::from("draft "),
        Standing::Existing => String::new(),
    };
    out.push_str(&match (e.excluded, e.unknown) {
        (true, _) => String::from("no drug"),
        (_, true) => String::from("unknown"),
        _ => names.join(" + "),
    });
    out.push_str(match e.currency {
        Currency::Current => " current",
        Currency::Future => " future",
        Currency::Past => " past",
        Currency::Void => " void",
    });
    let day = |m: caveat::clinical::time::Moment| m.date().unwrap().to_string();
    if let (Some(start), Currency::Current | Currency::Future) = (e.interval.start, e.currency) {
        out.push_str(&format!(" from {}", day(start)));
    }
    if let (Some(end), true) = (e.interval.end, e.currency != Currency::Void) {
        out.push_str(&format!(" to {}", day(end)));
    }
    if e.records.len() > 1 {
        out.push_str(&format!(", {} records", e.records.len()));
    }
    match e.change {
        Change::None => {}
        change => out.push_str(&format!(", {}", format!("{change:?}").to_lowercase())),
    }
    if let Some(by) = e.replaced_by {
        out.push_str(&format!(", replaced by {by}"));
    }
    if e.standing == Standing::InHand && !e.unknown && !e.excluded {
        out.push_str(&dose(bound, e));
    }
    out
}

fn dose(bound: &Bound<'_>, e: &Exposure) -> String {
    let Some(ingredient) = e.parts.first().map(|p| p.ingredient) else { return String::new() };
    match amounts_of(bound, e, IngredientId(ingredient.0)) {
        Ok(amounts) => match (amounts.daily, amounts.single) {
            (Some(d), _) if d.expected == d.worst => format!(", {} a day", d.worst),
            (Some(d), _) => format!(", {} to {} a day", d.expected, d.worst),
            (None, Some(s)) => format!(", {} at once, {:?}", s.worst, amounts.timing_trouble),
            (None, None) => format!(", {:?}", amounts.timing_trouble),
        },
        Err(trouble) => format!(", {trouble:?}"),
    }
}

/// Every rotation of the records and their reverse: the same exposures and gaps, only indexes differ.
#[test]
fn the_order_of_records_never_matters() {
    let pack = pack();
    for case in CASES {
        let whole = chart(case.records);
        for shift in 0..whole.medications.len() {
            let mut turned = whole.clone();
            turned.medications.rotate_left(shift);
            assert_eq!(print(&bind(&turned, &pack)), case.answer, "{} turned by {shift}", case.name);
            turned.medications.reverse();
            assert_eq!(print(&bind(&turned, &pack)), case.answer, "{} turned by {shift} and reversed", case.name);
        }
    }
}
