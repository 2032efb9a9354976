//! The tool itself: what could not be read, answers that change.
