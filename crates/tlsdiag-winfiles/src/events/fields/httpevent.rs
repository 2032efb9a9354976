//! HTTP.sys's events: the endpoint, and the status in the last four octets of the data.

use super::super::text::shape::{codes, endpoint, trim};
use super::super::{Event, u32_at};
use super::{Fields, Side, filled};

pub(super) fn read(event: &Event, fields: &mut Fields) {
    fields.side = Side::Server;
    // The first string is the device object, the second the endpoint, URL or address.
    let named =
        ["Endpoint", "Address", "Url", "SecurityPackage", "EndPoint"].iter().find_map(|n| filled(event.datum(n)));
    let values = || event.data.iter().map(|d| trim(&d.value)).filter(|v| !v.is_empty());
    fields.endpoint = named
        .or_else(|| values().find(|v| endpoint(v) == Some(*v)).map(str::to_owned))
        .or_else(|| filled(event.unnamed(1)))
        .or_else(|| event.message.as_deref().and_then(endpoint).map(str::to_owned));
    if let Some(binary) = event.binary.as_deref().filter(|b| b.len() >= 4) {
        fields.code = u32_at(binary, binary.len() - 4).filter(|status| *status != 0);
    }
    if fields.code.is_none() {
        fields.code = event.message.as_deref().and_then(|m| codes(m).first().map(|c| c.value));
    }
}
