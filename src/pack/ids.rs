//! Dense ids: numbers a pack hands out, in range by `verify`. They never leave the process.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub $int);

        impl $name {
            /// As an index of its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// An ingredient. Dense and small: the compiler refuses more than 65,535.
    IngredientId(u16)
);
id!(
    /// A product: what is ordered.
    ProductId(u32)
);
id!(
    /// A class of ingredients, closed downward by the compiler.
    ClassId(u16)
);
id!(
    /// A problem a rule can name.
    ProblemId(u16)
);
id!(
    /// A laboratory value a rule can name.
    LabId(u16)
);
id!(
    /// A manifestation of an allergy.
    ReactionId(u16)
);
id!(
    /// An allergen that is neither ingredient nor class.
    AllergenId(u16)
);
id!(
    /// An effect that adds up.
    EffectId(u16)
);
id!(
    /// A rule of any kind. Numbered in order of rule name, so that sorting by id sorts by name.
    RuleId(u32)
);
id!(
    /// A set of rules that meet on a pair, interned.
    RuleSetId(u32)
);
id!(
    /// A condition: a node of the condition table.
    ConditionId(u32)
);
id!(
    /// An outcome: severity, advice and evidence.
    OutcomeId(u32)
);
id!(
    /// A piece of text.
    TextId(u32)
);

/// Where a column says "none".
pub const NONE: u32 = u32::MAX;
/// Where a 16-bit column says "none".
pub const NONE16: u16 = u16::MAX;
