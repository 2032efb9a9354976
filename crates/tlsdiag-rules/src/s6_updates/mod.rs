//! Scenario 6: record splitting, intolerances, middleboxes.
