//! A table that reads well on a terminal and is Markdown as well.
use std::fmt;

/// Rows of cells under a heading.
#[derive(Debug)]
pub(super) struct Table {
    title: String,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(title: impl Into<String>, head: &[&'static str]) -> Table {
        Table { title: title.into(), head: head.to_vec(), rows: vec![] }
    }

    pub(super) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |i: usize, head: &str| {
            let cells = self.rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count());
            cells.chain([head.chars().count(), 3]).max().unwrap_or(3)
        };
        let widths: Vec<usize> = self.head.iter().enumerate().map(|(i, h)| width(i, h)).collect();
        let line = |cells: &[String]| {
            let padded: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(i, w)| format!(" {:<w$} ", cells.get(i).map_or("", |c| c.as_str())))
                .collect();
            format!("|{}|", padded.join("|"))
        };
        writeln!(f, "## {}\n", self.title)?;
        writeln!(f, "{}", line(&self.head.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>()))?;
        let rules: Vec<String> = widths.iter().map(|w| format!(" {} ", "-".repeat(*w))).collect();
        writeln!(f, "|{}|", rules.join("|"))?;
        for row in &self.rows {
            let row: Vec<String> = row.iter().map(|c| c.replace('|', "\\|")).collect();
            writeln!(f, "{}", line(&row))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut t = Table::new("Things", &["thing", "n"]);
        t.row(["a long one".to_owned(), "7".to_owned()]);
        t.row(["b".to_owned()]);
        let lines: Vec<String> = t.to_string().lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "## Things",
                "",
                "| thing      | n   |",
                "| ---------- | --- |",
                "| a long one | 7   |",
                "| b          |     |"
            ]
        );
    }
}
