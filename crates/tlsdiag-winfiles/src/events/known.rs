//! Providers and ids that speak of TLS. Names of providers are never translated.

/// Whose event it is, as far as TLS is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Class {
    /// Schannel, the TLS library of Windows; events 36864 to 36928 of the System log.
    Schannel,
    /// HTTP.sys: Microsoft-Windows-HttpEvent; events 15000 to 15302 of the System log.
    HttpEvent,
    /// The HTTP service's trace provider, Microsoft-Windows-HttpService.
    HttpService,
    /// Microsoft-Windows-CAPI2: chains, revocation, private keys.
    Capi2,
    /// Certificate enrolment and renewal, Microsoft-Windows-CertificateServicesClient and its kin.
    CertificateServicesClient,
    /// Any other provider.
    #[default]
    Other,
}

/// The GUID of the Schannel provider.
pub const SCHANNEL_GUID: &str = "{1f678132-5938-4686-9fdc-c8ff68f15c85}";
/// The GUID of Microsoft-Windows-HttpEvent.
pub const HTTPEVENT_GUID: &str = "{7b6bc78c-898b-4170-bbf8-1a469ea43fc5}";
/// The GUID of Microsoft-Windows-CAPI2.
pub const CAPI2_GUID: &str = "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}";
/// The GUID of Microsoft-Windows-HttpService.
pub const HTTPSERVICE_GUID: &str = "{dd5ef90a-6398-47a4-ad34-4dcecdef795f}";

/// The class of a provider's name, letters of either case.
pub fn class_of(provider: &str) -> Class {
    let name = provider.trim();
    let short = match name.get(..18) {
        Some(prefix) if prefix.eq_ignore_ascii_case("Microsoft-Windows-") => name.get(18..).unwrap_or(name),
        _ => name,
    };
    let is = |other: &str| short.eq_ignore_ascii_case(other);
    if is("Schannel") || is("Schannel-Events") {
        Class::Schannel
    } else if is("HttpEvent") || name.eq_ignore_ascii_case("HTTP") {
        Class::HttpEvent
    } else if is("HttpService") {
        Class::HttpService
    } else if is("CAPI2") || name.eq_ignore_ascii_case("crypt32") {
        Class::Capi2
    } else if short.get(..25).is_some_and(|p| p.eq_ignore_ascii_case("CertificateServicesClient"))
        || is("AutoEnrollment")
    {
        Class::CertificateServicesClient
    } else {
        Class::Other
    }
}

/// Whether an event of that provider is worth reading for TLS.
pub fn wanted(head: super::Head<'_>) -> bool {
    class_of(head.provider) != Class::Other
}

/// Whether the class has that id.
pub(crate) fn has(class: Class, id: u32) -> bool {
    match class {
        Class::Schannel => matches!(id, 36864..=36928),
        Class::HttpEvent => matches!(id, 15000..=15022 | 15300..=15302),
        Class::HttpService => matches!(id, 1..=200),
        Class::Capi2 => {
            matches!(id, 10 | 11 | 14 | 30 | 40..=42 | 50..=53 | 60 | 70 | 71 | 80 | 81 | 90 | 513 | 4097..=4112 | 4176)
        }
        Class::CertificateServicesClient => matches!(id, 1..=2000),
        Class::Other => false,
    }
}
