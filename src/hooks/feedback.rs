//! Feedback about cards, read as clients really send it.
