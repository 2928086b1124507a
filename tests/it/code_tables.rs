//! Code tables: codes of any system for things defined elsewhere, each beside a row that adds nothing.

use caveat::clinical::code::{Code, System};
use caveat::compile::build::compile;
use caveat::diagnostic::report::{Level, SourceFile};
use caveat::pack::read::Pack;
use caveat::pack::verify::verify;
use caveat::source::parse::parse;

const TERMS: &str = include_str!("checks_terms.toml");

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

/// The codes of all errors, and the pack where there are none.
fn built(rows: &str) -> (Vec<&'static str>, Option<Pack>) {
    let text = format!("kind,name,system,code\n{rows}\n");
    // The table comes first: what it names is defined in a file read later.
    let files = [file("rules/terminology/codes-more.csv", &text), file("rules/terms.toml", TERMS)];
    let (tree, mut told) = parse(&files);
    let (raw, more) = compile(&tree);
    told.extend(more);
    let codes: Vec<_> = told.iter().filter(|d| d.level == Level::Error).map(|d| d.code).collect();
    let raw = raw.filter(|_| codes.is_empty());
    (codes, raw.map(|raw| verify(raw, [0; 32]).unwrap()))
}

#[test]
fn codes_of_every_kind_lead_where_they_should() {
    let (told, pack) = built(
        "problem,upper-gi-bleed,icd10cm,K92.2\nproblem,upper-gi-bleed,http://id.who.int/icd,K92.2\n# a remark\n\
         lab,potassium,loinc,6298-4\nallergen,latex,unii,2LQ0UUW8IN\ningredient,warfarin,unii,5Q7ZVV76EI\n\
         ingredient,warfarin,atc,B01AA03\nclass,penicillins,snomed,764146007",
    );
    assert!(told.is_empty(), "{told:?}");
    let pack = pack.unwrap();
    let code = |system: System, value: &str| Code::new(system, value).unwrap();
    let name = |table: &caveat::pack::tables::NamedTable, n: u16| pack.text(table.names[usize::from(n)]).to_owned();
    let problem = |system, value| pack.problems(&code(system, value)).map(|p| name(&pack.raw().problems, p[0]));
    assert_eq!(problem(System::Icd10Cm, "K92.2").as_deref(), Some("upper-gi-bleed"));
    assert_eq!(problem(System::from_uri("http://id.who.int/icd"), "K92.2").as_deref(), Some("upper-gi-bleed"));
    assert_eq!(problem(System::Icd10Cm, "K92.1"), None);
    assert_eq!(pack.lab(&code(System::Loinc, "6298-4")), pack.lab(&code(System::Loinc, "2823-3")));
    assert_eq!(pack.lab(&code(System::Loinc, "2951-2")), None);
    assert!(pack.drug(&code(System::Unii, "5Q7ZVV76EI")).is_some());
    assert_eq!(pack.drug(&code(System::Unii, "5Q7ZVV76EI")), pack.drug(&code(System::RxNorm, "1022")));
    assert!(pack.drug(&code(System::Unii, "362O9ITL9D")).is_none());
}

#[test]
fn what_is_wrong_with_a_row() {
    let cases = [
        ("a name nobody defines", "problem,upper-gi-bled,icd10cm,K92.2", "K0131"),
        ("a name of another kind", "lab,upper-gi-bleed,icd10cm,K92.2", "K0131"),
        ("a kind of no code", "reaction,rash,snomed,271807003", "K0107"),
        ("no system of this name", "problem,upper-gi-bleed,icd10,K92.2", "K0119"),
        ("no code of its system", "ingredient,warfarin,rxnorm,N02BA01", "K0119"),
        ("a cell too few", "problem,upper-gi-bleed,K92.2", "K0122"),
        ("an empty cell", "problem,,icd10cm,K92.2", "K0114"),
    ];
    for (name, row, code) in cases {
        let (told, pack) = built(row);
        assert_eq!(told, [code], "{name}");
        assert!(pack.is_none(), "{name}");
    }
}

/// One code cannot mean two drugs, wherever it is written.
#[test]
fn a_code_of_two_things_is_refused_all_the_same() {
    let (told, pack) = built("ingredient,warfarin,unii,362O9ITL9D\ningredient,ibuprofen,unii,362O9ITL9D");
    assert!(!told.is_empty() && pack.is_none(), "{told:?}");
    let (told, pack) = built("ingredient,warfarin,unii,362O9ITL9D\ningredient,warfarin,unii,362O9ITL9D");
    assert!(told.is_empty() && pack.is_some(), "said twice of one thing is no contradiction: {told:?}");
}
