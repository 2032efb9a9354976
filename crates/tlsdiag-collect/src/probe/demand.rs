//! The probe for who has no site to look at: it comes into being when something is to be fetched, and not before.
use super::{Probe, Settings, offers};
use tlsdiag_model::{Ask, Cover, Grant, Host, Origin, Sink, Source, Span, Survey, Why};

/// A source that fetches what certificates in files name, and nothing else.
pub struct Demand {
    settings: Settings,
    probe: Option<Probe>,
}

impl Demand {
    /// Opens nothing yet.
    pub fn new(settings: Settings) -> Demand {
        Demand { settings, probe: None }
    }
}

impl Source for Demand {
    fn offers(&self, ask: &Ask) -> Option<Grant> {
        if !matches!(ask, Ask::Fetch { to: None, .. } | Ask::Revocation { to: None, .. }) {
            return None;
        }
        match &self.probe {
            Some(p) => p.offers(ask),
            None if self.settings.offline => None,
            None => offers::grant(ask, self.settings.budget, 1, false),
        }
    }

    fn answer(&mut self, asks: &[Ask], sink: &Sink) {
        if self.probe.is_none() {
            match Probe::new(self.settings.clone()) {
                Ok(p) => self.probe = Some(p),
                Err(e) => {
                    for ask in asks {
                        let (kind, cover) = (offers::kind(ask), Cover::Failed(Why::Said(e.to_string())));
                        let span = Span::at((self.settings.now)());
                        let origin = Origin::Api("probe".into());
                        sink.survey(Survey { kind, host: Host::HERE, cover, span, origin });
                    }
                    return;
                }
            }
        }
        if let Some(p) = &mut self.probe {
            p.answer(asks, sink);
        }
    }
}
