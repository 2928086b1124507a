//! Feedback as clients really send it, and the memory that keeps it.
