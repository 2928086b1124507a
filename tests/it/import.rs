//! Imports: files of the exact layout, small ones read by hand and one of a million rows, to tables that compile.

use caveat::clinical::code::{Code, System};
use caveat::commands::folder::{build, read};
use caveat::diagnostic::report::SourceFile;
use caveat::import::interactions::{About, names, read_pairs, rules};
use caveat::import::skipped::Skipped;
use caveat::import::terminology::{Terminology, write_table};
use caveat::import::{atc, facts, interactions_ansm, ndc, rxnorm, snomed};
use caveat::pack::format::decode;
use caveat::pack::read::Pack;
use caveat::pack::tables::DrugTarget;
use caveat::source::parse::parse;
use caveat::source::tree::Tree;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A folder of its own for a test, emptied before and left for whoever wants to look.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("import").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const POLICY: &str = "[policy]\nname = \"p\"\nversion = \"1\"\ntitle = \"P\"\n[policy.loudness]\ninteraction = [\"major\"]\nallergy \
                      = []\ndose = []\nduplicate = []\ncontraindication = []\n";

/// Compiles a folder of tables beside a policy and, where given, some TOML.
fn pack(folder: &Path, toml: &str) -> Pack {
    let mut files = read(folder).unwrap();
    files.push(SourceFile { path: String::from("by-hand.toml"), text: format!("{POLICY}{toml}") });
    let compiled = build(files);
    let report = compiled.report(false);
    decode(&compiled.bytes.unwrap_or_else(|| panic!("{report}"))).unwrap()
}

fn drug(pack: &Pack, system: System, code: &str) -> String {
    let ingredient = |n: u16| pack.text(pack.raw().ingredients.names[usize::from(n)]).to_owned();
    match pack.drug(&Code::new(system, code).unwrap()) {
        None => String::from("nothing"),
        Some(DrugTarget::Excluded(_)) => String::from("excluded"),
        Some(DrugTarget::Ingredient(n)) => ingredient(n),
        Some(DrugTarget::Product(n)) => {
            let (products, n) = (&pack.raw().products, n as usize);
            let parts = products.part_starts[n] as usize..products.part_starts[n + 1] as usize;
            let parts: Vec<String> = parts
                .map(|part| {
                    let strength = if products.amount_dimensions[part] == 255 { "" } else { "!" };
                    format!("{}{strength}", ingredient(products.part_ingredients[part]))
                })
                .collect();
            format!("[{}]", parts.join(" + "))
        }
    }
}

/// Rows of RRF files, with as many columns as the files have.
#[derive(Default)]
struct Release {
    concepts: String,
    relations: String,
    attributes: String,
    changes: String,
}

impl Release {
    fn concept(&mut self, code: u32, sab: &str, tty: &str, own: &str, name: &str, suppress: &str) {
        let _ = writeln!(self.concepts, "{code}|ENG||||||A{code}||{code}||{sab}|{tty}|{own}|{name}||{suppress}|4096|");
    }

    /// `second` RELA `first`: how RxNorm means its rows.
    fn relation(&mut self, first: u32, second: u32, relation: &str) {
        let _ = writeln!(self.relations, "{first}||CUI|RO|{second}||CUI|{relation}|R1||RXNORM|RXNORM||||4096|");
    }

    fn attribute(&mut self, code: u32, name: &str, sab: &str, value: &str, suppress: &str) {
        let _ = writeln!(self.attributes, "{code}|||A1|AUI|{code}|AT1||{name}|{sab}|{value}|{suppress}|4096|");
    }

    fn change(&mut self, old: u32, new: u32) {
        let _ = writeln!(self.changes, "A1|{old}|RXNORM|SCD|words|{old}|{new}|");
    }

    fn write(&self, folder: &Path) {
        let files = [
            ("RXNCONSO.RRF", &self.concepts, 18),
            ("RXNREL.RRF", &self.relations, 16),
            ("RXNSAT.RRF", &self.attributes, 13),
            ("RXNCUICHANGES.RRF", &self.changes, 7),
        ];
        for (name, text, columns) in files {
            assert!(text.lines().all(|line| line.matches('|').count() == columns), "{name} has {columns} columns");
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}

/// A small release. `turned` writes every relation the other way round, as the inverse that RxNorm has of each.
fn release(turned: bool) -> Release {
    let mut r = Release::default();
    let concepts = [
        (11289, "IN", "warfarin"),
        (114194, "PIN", "warfarin sodium"),
        (161, "IN", "acetaminophen"),
        (7804, "IN", "oxycodone"),
        (82063, "PIN", "oxycodone hydrochloride"),
        (214183, "MIN", "acetaminophen / oxycodone"),
        (202421, "BN", "Coumadin"),
        (42844, "BN", "Percocet"),
        (855331, "SCDC", "warfarin sodium 5 MG"),
        (855332, "SCD", "warfarin sodium 5 MG Oral Tablet"),
        (855333, "SBD", "warfarin sodium 5 MG Oral Tablet [Coumadin]"),
        (316, "SCDC", "acetaminophen 325 MG"),
        (317, "SCDC", "oxycodone hydrochloride 5 MG"),
        (1049221, "SCD", "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet"),
        (900001, "GPCK", "{10 (warfarin sodium 5 MG Oral Tablet) / 5 (acetaminophen 325 MG Oral Tablet) } Pack"),
        (900002, "SCD", "acetaminophen 325 MG Oral Tablet"),
    ];
    for (code, tty, name) in concepts {
        r.concept(code, "RXNORM", tty, &code.to_string(), name, "N");
    }
    r.concept(11289, "RXNORM", "SY", "11289", "warfarine", "N");
    r.concept(11289, "ATC", "IN", "B01AA03", "warfarin", "N");
    r.concept(11289, "MTHSPL", "SU", "5Q7ZVV76EI", "WARFARIN", "N");
    r.concept(900003, "RXNORM", "SCD", "900003", "warfarin sodium 7 MG Oral Tablet", "O");
    r.concept(900004, "RXNORM", "SCD", "900004", "never heard of 7 MG Oral Tablet", "O");
    r.concept(900005, "RXNORM", "SCD", "900005", "warfarin sodium 8 MG Oral Tablet", "Y");
    let relations = [
        (11289, 114194, "form_of", "has_form"),
        (7804, 82063, "form_of", "has_form"),
        (161, 214183, "has_part", "part_of"),
        (7804, 214183, "has_part", "part_of"),
        (11289, 202421, "tradename_of", "has_tradename"),
        (161, 42844, "tradename_of", "has_tradename"),
        (7804, 42844, "tradename_of", "has_tradename"),
        (11289, 855331, "has_ingredient", "ingredient_of"),
        (114194, 855331, "has_precise_ingredient", "precise_ingredient_of"),
        (855331, 855332, "consists_of", "constitutes"),
        (855331, 855333, "consists_of", "constitutes"),
        (202421, 855333, "has_ingredient", "ingredient_of"),
        (161, 316, "has_ingredient", "ingredient_of"),
        (7804, 317, "has_ingredient", "ingredient_of"),
        (316, 1049221, "consists_of", "constitutes"),
        (317, 1049221, "consists_of", "constitutes"),
        (316, 900002, "consists_of", "constitutes"),
        (855332, 900001, "contains", "contained_in"),
        (900002, 900001, "contains", "contained_in"),
    ];
    for (first, second, relation, inverse) in relations {
        if turned { r.relation(second, first, inverse) } else { r.relation(first, second, relation) }
    }
    r.attribute(855332, "NDC", "RXNORM", "00056017270", "N");
    r.attribute(855332, "NDC", "RXNORM", "00056017275", "O");
    r.attribute(855332, "NDC", "MTHSPL", "0056-0172-01", "N");
    r.attribute(11289, "UNII_CODE", "MTHSPL", "5Q7ZVV76EI", "N");
    r.change(800001, 800002);
    r.change(800002, 855332);
    r.change(800003, 800004);
    r.change(800005, 800006);
    r.change(800006, 800005);
    r
}

fn imported(name: &str, turned: bool) -> (PathBuf, Terminology, Skipped) {
    let (from, to) = (folder(&format!("{name}-rrf")), folder(name));
    std::fs::create_dir_all(from.join("rrf")).unwrap();
    release(turned).write(&from.join("rrf"));
    let (terminology, skipped) = rxnorm::read(&from, &|_| {}).unwrap();
    terminology.write(&to, "a remark\nof two lines").unwrap();
    (to, terminology, skipped)
}

#[test]
fn a_release_of_rxnorm_becomes_tables_that_compile() {
    let (tables, _, skipped) = imported("rxnorm", false);
    let pack = pack(&tables, "");
    for (code, expected) in [
        ("11289", "warfarin"),
        ("114194", "[warfarin]"),
        ("202421", "warfarin"),
        ("42844", "[acetaminophen + oxycodone]"),
        ("214183", "[acetaminophen + oxycodone]"),
        ("855332", "[warfarin!]"),
        ("855333", "[warfarin!]"),
        ("855331", "[warfarin]"),
        ("1049221", "[acetaminophen! + oxycodone!]"),
        ("900001", "[warfarin + acetaminophen]"),
        ("900003", "[warfarin!]"),
        ("900004", "nothing"),
        ("900005", "nothing"),
        ("800001", "[warfarin!]"),
        ("800002", "[warfarin!]"),
        ("800003", "nothing"),
        ("800005", "nothing"),
    ] {
        assert_eq!(drug(&pack, System::RxNorm, code), expected, "{code}");
    }
    assert_eq!(drug(&pack, System::Ndc, "0056-0172-70"), "[warfarin!]");
    assert_eq!(drug(&pack, System::Ndc, "0056-0172-75"), "nothing");
    assert_eq!(drug(&pack, System::Unii, "5Q7ZVV76EI"), "warfarin");
    assert_eq!(drug(&pack, System::Atc, "B01AA03"), "warfarin");
    for reason in [
        "concept: suppressed by RxNorm's editors",
        "package: no longer in use",
        "product: an ingredient in its name is not known",
    ] {
        assert_eq!(skipped.count(reason), 1, "{reason}\n{skipped}");
    }
    assert_eq!(skipped.count("retired code: what took its place is not known"), 3, "{skipped}");
}

/// Every relation stands in RXNREL in both directions; which of the two is read must not matter.
#[test]
fn the_direction_of_relations_is_never_relied_on() {
    let (one, other) = (imported("forward", false), imported("backward", true));
    for name in ["ingredients.csv", "salts.csv", "brands.csv", "combinations.csv", "products.csv", "packages.csv"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(&one.0), read(&other.0), "{name}");
    }
}

/// A million rows in a release build; fewer where every row costs ten times as much.
const ROWS: u32 = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

#[test]
fn a_million_rows_are_read_in_seconds() {
    let from = folder("million");
    let mut r = Release::default();
    r.concept(1, "RXNORM", "IN", "1", "examplol", "N");
    // For each ten rows: a component, a product of it, two relations, and six attributes.
    for n in 0..ROWS / 10 {
        let (component, product) = (1_000_000 + n, 3_000_000 + n);
        r.concept(component, "RXNORM", "SCDC", "", &format!("examplol {}.{:05} MG", n / 100_000 + 1, n % 100_000), "N");
        let name = format!("examplol {}.{:05} MG Oral Tablet", n / 100_000 + 1, n % 100_000);
        r.concept(product, "RXNORM", "SCD", "", &name, "N");
        r.relation(1, component, "has_ingredient");
        r.relation(component, product, "consists_of");
        for package in 0..2 {
            r.attribute(product, "NDC", "RXNORM", &format!("{:011}", u64::from(n) * 2 + package), "N");
        }
        for other in ["RXN_STRENGTH", "RXN_AVAILABLE_STRENGTH", "RXTERM_FORM", "DM_SPL_ID"] {
            r.attribute(product, other, "RXNORM", "nothing we read", "N");
        }
    }
    r.write(&from);
    let (terminology, skipped) = rxnorm::read(&from, &|_| {}).unwrap();
    assert_eq!(terminology.products.len(), 2 * (ROWS / 10) as usize, "{skipped}");
    assert_eq!(terminology.packages.len(), (ROWS / 10) as usize);
    assert!(skipped.is_empty(), "{skipped}");
    std::fs::remove_dir_all(&from).unwrap();
}

/// A folder that knows warfarin and ibuprofen, a problem, an allergen and a reaction by SNOMED CT codes.
const KNOWN: &str = r#"
[[ingredient]]
name = "warfarin"
rxnorm = "11289"
snomed = ["372756006"]
salts = [ { name = "warfarin sodium", rxnorm = "114194" } ]
[[ingredient]]
name = "ibuprofen"
rxnorm = "5640"
snomed = ["387207008"]
allergy-snomed = ["293619005"]
[[ingredient]]
name = "acetaminophen"
rxnorm = "161"
[[problem]]
name = "bleed"
snomed = ["131148009"]
[[reaction]]
name = "hives"
snomed = ["126485001"]
"#;

fn known() -> Tree {
    let text = format!("{POLICY}{KNOWN}");
    let (tree, mistakes) = parse(&[SourceFile { path: String::from("known.toml"), text }]);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    tree
}

#[test]
fn codes_below_the_named_ones_come_from_a_snapshot() {
    let (from, to) = (folder("snomed-rf2"), folder("snomed"));
    let header = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\t\
                  characteristicTypeId\tmodifierId\n";
    let is_a = |active: u8, narrow: u64, wide: u64| {
        format!("1\t20250101\t{active}\t9\t{narrow}\t{wide}\t0\t116680003\t900000000000011006\t900000000000451002\n")
    };
    let relations = [
        is_a(1, 372756006, 105590001), // warfarin is a substance
        is_a(1, 387207008, 105590001), // so is ibuprofen
        is_a(1, 1000001, 372756006),
        is_a(1, 1000002, 1000001),
        is_a(1, 1000003, 372756006), // below warfarin and below ibuprofen: neither is nearer
        is_a(1, 1000003, 387207008),
        is_a(1, 2000001, 131148009),
        is_a(1, 2000002, 2000001),
        is_a(0, 2000003, 131148009), // no longer so
        is_a(1, 3000001, 126485001),
        is_a(1, 4000001, 293619005),
    ];
    std::fs::write(from.join("sct2_Relationship_Snapshot_INT_20250101.txt"), format!("{header}{}", relations.concat()))
        .unwrap();
    let header = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\ttargetComponentId\n";
    std::fs::write(
        from.join("der2_cRefset_AssociationSnapshot_INT_20250101.txt"),
        format!("{header}1\t20250101\t1\t9\t900000000000526001\t2000009\t2000002\n"),
    )
    .unwrap();
    let (narrower, skipped) = snomed::read(&from, &known(), &|_| {}).unwrap();
    assert_eq!(skipped.count("narrower code: several named codes are equally near"), 1, "{skipped}");
    write_table(&to.join("narrower.csv"), "", &["snomed", "as", "narrower"], &snomed::rows(&narrower)).unwrap();
    let pack = pack(&to, KNOWN);
    let code = |value: u64| Code::new(System::Snomed, &value.to_string()).unwrap();
    assert_eq!(drug(&pack, System::Snomed, "1000002"), "warfarin");
    assert_eq!(drug(&pack, System::Snomed, "1000003"), "nothing");
    for (value, expected) in [(2000001, true), (2000002, true), (2000009, true), (2000003, false)] {
        assert_eq!(pack.problems(&code(value)).is_some(), expected, "{value}");
    }
    assert!(pack.reaction(&code(3000001)).is_some());
    assert!(pack.allergen(&code(4000001)).is_some());
}

#[test]
fn packages_of_the_directory_become_products() {
    let (from, to) = (folder("ndc-tables"), folder("ndc"));
    let product = |ndc: &str, name: &str, form: &str, route: &str, substance: &str, number: &str, unit: &str| {
        format!(
            "{ndc}_1\t{ndc}\tHUMAN PRESCRIPTION DRUG\t{name}\t\t{name}\t{form}\t{route}\t20200101\t\tANDA\tANDA1\tMaker\t{substance}\t\
             {number}\t{unit}\t\t\tN\t20251231\n"
        )
    };
    let header = "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tPROPRIETARYNAMESUFFIX\tNONPROPRIETARYNAME\t\
                  DOSAGEFORMNAME\tROUTENAME\tSTARTMARKETINGDATE\tENDMARKETINGDATE\tMARKETINGCATEGORYNAME\t\
                  APPLICATIONNUMBER\tLABELERNAME\tSUBSTANCENAME\tACTIVE_NUMERATOR_STRENGTH\tACTIVE_INGRED_UNIT\t\
                  PHARM_CLASSES\tDEASCHEDULE\tNDC_EXCLUDE_FLAG\tLISTING_RECORD_CERTIFIED_THROUGH\n";
    let products = [
        product("0001-0001", "Warfar\u{e9}ne", "TABLET", "ORAL", "WARFARIN SODIUM", "5", "mg/1"),
        product("0001-0002", "Drops", "SUSPENSION", "ORAL", "IBUPROFEN", "100", "mg/5mL"),
        product(
            "0001-0003",
            "Both",
            "TABLET, FILM COATED",
            "ORAL",
            "ACETAMINOPHEN; IBUPROFEN",
            "250; 125",
            "mg/1; mg/1",
        ),
        product("0001-0004", "Unknown", "TABLET", "ORAL", "NOBODYKNOWSIT", "1", "mg/1"),
        product("0001-0005", "Nothing", "PELLET", "ORAL", "IBUPROFEN", "6", "[hp_X]/1"),
    ];
    // The directory is Latin-1.
    let text: Vec<u8> = format!("{header}{}", products.concat()).chars().map(|c| c as u8).collect();
    std::fs::write(from.join("product.txt"), text).unwrap();
    let package = |ndc: &str, package: &str, flag: &str| {
        format!("{ndc}_1\t{ndc}\t{package}\t30 TABLET in 1 BOTTLE\t20200101\t\t{flag}\tN\n")
    };
    let header = "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\tENDMARKETINGDATE\t\
                  NDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE\n";
    let packages = [
        package("0001-0001", "0001-0001-01", "N"),
        package("0001-0001", "0001-0001-02", "N"),
        package("0001-0001", "0001-0001-03", "E"),
        package("0001-0002", "0001-0002-01", "N"),
        package("0001-0003", "0001-0003-01", "N"),
        package("0001-0004", "0001-0004-01", "N"),
        package("0001-0005", "0001-0005-01", "N"),
    ];
    std::fs::write(from.join("package.txt"), format!("{header}{}", packages.concat())).unwrap();
    let (directory, skipped) = ndc::read(&from, &known(), &|_| {}).unwrap();
    let header = ["system", "code", "name", "form", "route", "parts"];
    write_table(&to.join("ndc-products.csv"), "", &header, &directory.products).unwrap();
    write_table(&to.join("ndc-packages.csv"), "", &["ndc", "packages"], &directory.packages).unwrap();
    assert_eq!(directory.products[0][2], "Warfar\u{e9}ne");
    assert_eq!(directory.products[1][5], "ibuprofen 100 mg / 5 mL");
    let pack = pack(&to, KNOWN);
    for (code, expected) in [
        ("0001-0001-01", "[warfarin!]"),
        ("0001-0001-02", "[warfarin!]"),
        ("0001-0001-03", "nothing"),
        ("0001-0003-01", "[acetaminophen! + ibuprofen!]"),
        ("0001-0004-01", "nothing"),
        ("0001-0005-01", "nothing"),
    ] {
        assert_eq!(drug(&pack, System::Ndc, code), expected, "{code}");
    }
    for reason in ["package: excluded by FDA", "product: a substance is not known by this name", "product: homeopathic"]
    {
        assert_eq!(skipped.count(reason), 1, "{reason}\n{skipped}");
    }
}

#[test]
fn classes_come_by_name() {
    let (from, to) = (folder("atc-table"), folder("atc"));
    let text = "atc_code,atc_name,ddd,uom,adm_r,note\nB01,ANTITHROMBOTIC AGENTS,NA,NA,NA,NA\nB01AA03,warfarin,7.5,mg,O,NA\n\
                B01AA03,warfarin,7.5,mg,P,NA\nN02BE01,paracetamol,3,g,O,NA\nN02BE51,\"paracetamol, combinations excl. \
                psycholeptics\",NA,NA,NA,NA\nB01AA04,phenprocoumon,3,mg,O,NA\n";
    std::fs::write(from.join("atc.csv"), text).unwrap();
    let (rows, skipped) = atc::read(&from.join("atc.csv"), &known(), &|_| {}).unwrap();
    write_table(&to.join("atc.csv"), "", &["ingredient", "atc"], &rows).unwrap();
    let pack = pack(&to, KNOWN);
    assert_eq!(drug(&pack, System::Atc, "B01AA03"), "warfarin");
    assert_eq!(drug(&pack, System::Atc, "N02BE01"), "acetaminophen");
    assert_eq!(skipped.count("ATC: no ingredient of this name"), 1, "{skipped}");
    assert_eq!(skipped.count("ATC: several substances"), 1, "{skipped}");
}

fn about() -> About {
    About {
        id: String::from("table"),
        source: String::from("A \"table\" of pairs"),
        review: String::from("2027-11-01"),
    }
}

#[test]
fn pairs_become_rules_that_speak_quietly() {
    let (from, to) = (folder("pairs-table"), folder("pairs"));
    let text = "DDInterID_A,Drug_A,DDInterID_B,Drug_B,Level\nD1,Warfarin,D2,Ibuprofen,Moderate\nD2,Ibuprofen,D1,Warfarin,Major\n\
                D1,Warfarin,D3,Acetaminophen,Minor\nD1,Warfarin,D4,Nobodyknowsit,Major\nD1,Warfarin,D5,Ibuprofen,Unknown\n";
    std::fs::write(from.join("pairs.csv"), text).unwrap();
    std::fs::write(from.join("names.csv"), "name,rxnorm\nCoumadine,11289\n").unwrap();
    let mut skipped = Skipped::default();
    let substances = names(Some(&from.join("names.csv")), &known(), &|_| {}, &mut skipped).unwrap();
    assert!(substances.by_name("COUMADINE").is_some());
    let pairs = read_pairs(&from.join("pairs.csv"), &substances, &|_| {}, &mut skipped).unwrap();
    assert_eq!(pairs.len(), 2);
    assert_eq!(skipped.count("pair: a name is not known"), 1);
    assert_eq!(skipped.count("pair: no level that is understood"), 1);
    std::fs::write(to.join("pairs.toml"), rules(&pairs, &about()).concat()).unwrap();
    let pack = pack(&to, KNOWN);
    let names: Vec<&str> = pack.raw().rules.names.iter().map(|t| pack.text(*t)).collect();
    assert_eq!(names, ["table-acetaminophen-minor", "table-ibuprofen-major"]);
}

#[test]
fn the_thesaurus_is_read_with_its_classes() {
    let (from, to) = (folder("ansm-json"), folder("ansm"));
    let pairs = r#"[
      {"main_drug": "ANTICOAGULANTS ORAUX", "between_main_and_plus_drug": "+", "plus_drug": "IBUPROFENE",
       "severity_levels": [{"level": "Association DECONSEILLEE", "info": ""}], "interaction_mechanism": "",
       "description": "Augmentation du risque h\u00e9morragique."},
      {"main_drug": "PARACETAMOL", "plus_drug": "WARFARINE",
       "severity_levels": [{"level": "Pr\u00e9caution d'emploi", "info": ""}]}
    ]"#;
    let index = r#"[{"substance": "warfarine", "drug_classes": ["anticoagulants oraux"]}]"#;
    std::fs::write(from.join("pairs.json"), pairs).unwrap();
    std::fs::write(from.join("index.json"), index).unwrap();
    std::fs::write(from.join("names.csv"), "name,rxnorm\nwarfarine,11289\nibuprofene,5640\n").unwrap();
    let mut skipped = Skipped::default();
    let substances = names(Some(&from.join("names.csv")), &known(), &|_| {}, &mut skipped).unwrap();
    let index = from.join("index.json");
    let pairs = interactions_ansm::read(&from.join("pairs.json"), Some(&index), &substances, &mut skipped).unwrap();
    assert!(skipped.is_empty(), "{skipped}");
    std::fs::write(to.join("pairs.toml"), rules(&pairs, &about()).concat()).unwrap();
    let pack = pack(&to, KNOWN);
    let names: Vec<&str> = pack.raw().rules.names.iter().map(|t| pack.text(*t)).collect();
    assert_eq!(names, ["table-acetaminophen-moderate", "table-ibuprofen-major"]);
}

#[test]
fn what_is_missing_is_named() {
    let empty = folder("empty");
    let words = rxnorm::read(&empty, &|_| {}).unwrap_err().to_string();
    assert!(words.starts_with("no `RXNCONSO.RRF` in `"), "{words}");
    std::fs::write(empty.join("atc.csv"), "code,name\n").unwrap();
    let words = atc::read(&empty.join("atc.csv"), &known(), &|_| {}).unwrap_err().to_string();
    assert!(words.ends_with("has no column `atc_code`; its header is `code,name`"), "{words}");
}

/// The built-in tables are what the importer makes of the extracts, to the byte.
#[test]
fn the_built_in_tables_are_made_by_the_importer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = root.join("../shared/facts");
    if !from.is_dir() {
        println!("SKIPPED: {} is not there, so the built-in tables were not made anew", from.display());
        return;
    }
    let to = folder("facts");
    let (terminology, _) = facts::read(&from, &|_| {}).unwrap();
    terminology.write(&to, "").unwrap();
    for entry in std::fs::read_dir(&to).unwrap() {
        let name = entry.unwrap().file_name();
        let built_in = root.join("rules/terminology/rxnorm").join(&name);
        let rows = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().filter(|line| !line.starts_with('#')).map(String::from).collect::<Vec<_>>()
        };
        assert!(rows(&to.join(&name)) == rows(&built_in), "{name:?} differs: run `caveat import facts`");
    }
}
