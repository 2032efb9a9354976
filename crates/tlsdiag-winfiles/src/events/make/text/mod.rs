//! Events as text: the forms that people send, in several languages, with labels of one's choice.
//!
//! Sentences and labels are the project's own wording; only their order and the shape of the values are those of Windows.

mod forms;
mod tongue;

pub use self::tongue::{Dates, Labels, TONGUES, Tongue, message};

use super::super::Event;

/// A form in which events are sent as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Event Viewer's copy up to Server 2003.
    Viewer2003,
    /// Event Viewer's copy from Server 2008 on.
    Viewer2008,
    /// The same with the event's XML below it.
    Viewer2008Xml,
    /// `wevtutil qe /f:text`.
    Wevtutil,
    /// `wevtutil qe /f:xml`: elements without a root.
    Xml,
    /// Event Viewer's saved XML: elements in a root.
    XmlRooted,
    /// Get-EventLog as a table.
    LogTable,
    /// Get-EventLog as a list.
    LogList,
    /// Get-WinEvent as a table.
    WinTable,
    /// Get-WinEvent as a list.
    WinList,
    /// Get-WinEvent with every property.
    WinListAll,
    /// Export-Csv of Get-WinEvent with this separator, with its line of the type.
    Csv(char),
    /// Event Viewer's export of columns with this separator.
    ViewerColumns(char),
    /// The same of Server 2003, without a line of names.
    ViewerColumns2003,
    /// ConvertTo-Json of PowerShell up to 5, dates as `/Date(ms)/`.
    Json,
    /// ConvertTo-Json of PowerShell 7, dates by ISO 8601.
    Json7,
    /// Export-Clixml.
    Clixml,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 18] = [
        Shape::Viewer2003,
        Shape::Viewer2008,
        Shape::Viewer2008Xml,
        Shape::Wevtutil,
        Shape::Xml,
        Shape::XmlRooted,
        Shape::LogTable,
        Shape::LogList,
        Shape::WinTable,
        Shape::WinList,
        Shape::WinListAll,
        Shape::Csv(','),
        Shape::Csv(';'),
        Shape::ViewerColumns(','),
        Shape::ViewerColumns2003,
        Shape::Json,
        Shape::Json7,
        Shape::Clixml,
    ];
}

/// The events in that form. Line ends are those of Windows.
pub fn write(events: &[Event], shape: Shape, tongue: &Tongue, labels: &Labels) -> String {
    forms::write(events, shape, tongue, labels).replace('\n', "\r\n")
}

/// The text in an encoding: `utf-8`, `utf-8-bom`, `utf-16`, or a label of the Encoding Standard such as `euc-kr` (cp949),
/// `shift_jis` (cp932), `gbk` (cp936), `ibm866`, `windows-1252`.
pub fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-8-bom" => [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat(),
        "utf-16" => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        label => match encoding_rs::Encoding::for_label(label.as_bytes()) {
            Some(encoding) => encoding.encode(text).0.into_owned(),
            None => text.as_bytes().to_vec(),
        },
    }
}
