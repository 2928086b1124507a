//! The resource types we tell apart, by name.

/// The resource types we tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the resource of that name")]
pub enum Kind {
    /// No `resourceType` was sent.
    #[default]
    Unsaid,
    /// One we do not read.
    Other,
    Patient,
    MedicationRequest,
    MedicationOrder,
    MedicationStatement,
    MedicationUsage,
    MedicationDispense,
    MedicationAdministration,
    Medication,
    Substance,
    AllergyIntolerance,
    Condition,
    Procedure,
    Observation,
    Encounter,
    Bundle,
    OperationOutcome,
}

impl Kind {
    /// The kind behind a resource type or the last word of a search URL.
    pub fn of(name: &str) -> Kind {
        match name {
            "Patient" => Kind::Patient,
            "MedicationRequest" => Kind::MedicationRequest,
            "MedicationOrder" => Kind::MedicationOrder,
            "MedicationStatement" => Kind::MedicationStatement,
            "MedicationUsage" => Kind::MedicationUsage,
            "MedicationDispense" => Kind::MedicationDispense,
            "MedicationAdministration" => Kind::MedicationAdministration,
            "Medication" => Kind::Medication,
            "Substance" => Kind::Substance,
            "AllergyIntolerance" => Kind::AllergyIntolerance,
            "Condition" => Kind::Condition,
            "Procedure" => Kind::Procedure,
            "Observation" => Kind::Observation,
            "Encounter" => Kind::Encounter,
            "Bundle" => Kind::Bundle,
            "OperationOutcome" => Kind::OperationOutcome,
            "" => Kind::Unsaid,
            _ => Kind::Other,
        }
    }

    /// The resource type; empty for what we do not read.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Unsaid | Kind::Other => "",
            Kind::Patient => "Patient",
            Kind::MedicationRequest => "MedicationRequest",
            Kind::MedicationOrder => "MedicationOrder",
            Kind::MedicationStatement => "MedicationStatement",
            Kind::MedicationUsage => "MedicationUsage",
            Kind::MedicationDispense => "MedicationDispense",
            Kind::MedicationAdministration => "MedicationAdministration",
            Kind::Medication => "Medication",
            Kind::Substance => "Substance",
            Kind::AllergyIntolerance => "AllergyIntolerance",
            Kind::Condition => "Condition",
            Kind::Procedure => "Procedure",
            Kind::Observation => "Observation",
            Kind::Encounter => "Encounter",
            Kind::Bundle => "Bundle",
            Kind::OperationOutcome => "OperationOutcome",
        }
    }

    /// Whether it tells of a drug ordered, taken, handed out or given.
    pub fn is_drug_record(self) -> bool {
        matches!(
            self,
            Kind::MedicationRequest
                | Kind::MedicationOrder
                | Kind::MedicationStatement
                | Kind::MedicationUsage
                | Kind::MedicationDispense
                | Kind::MedicationAdministration
        )
    }
}
