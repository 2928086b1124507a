//! A column: one field of every row of a table, kept as little-endian bytes in the file and as a slice in memory.

use bytemuck::Pod;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::marker::PhantomData;
use std::ops::Deref;

#[cfg(target_endian = "big")]
compile_error!("packs are little-endian files read in place; a big-endian machine needs a byte-swapping column");

/// One field of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column<T>(Box<[T]>);

impl<T> Column<T> {
    /// A column of these values.
    pub fn new(values: Vec<T>) -> Column<T> {
        Column(values.into_boxed_slice())
    }
}

impl<T> Column<T> {
    /// The values, owned.
    pub fn into_vec(self) -> Vec<T> {
        self.0.into_vec()
    }
}

impl<T> Default for Column<T> {
    fn default() -> Column<T> {
        Column(Box::from([]))
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Column<T> {
        Column(values.into_iter().collect())
    }
}

impl<T: Pod> Serialize for Column<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytemuck::cast_slice(&self.0))
    }
}

impl<'de, T: Pod> Deserialize<'de> for Column<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Column<T>, D::Error> {
        struct Bytes<T>(PhantomData<T>);

        impl<T: Pod> Visitor<'_> for Bytes<T> {
            type Value = Column<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "bytes of a column whose rows are {} bytes wide", size_of::<T>())
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Column<T>, E> {
                if !bytes.len().is_multiple_of(size_of::<T>()) {
                    return Err(E::invalid_length(bytes.len(), &self));
                }
                Ok(Column(bytemuck::pod_collect_to_vec::<u8, T>(bytes).into_boxed_slice()))
            }
        }

        deserializer.deserialize_bytes(Bytes(PhantomData))
    }
}
