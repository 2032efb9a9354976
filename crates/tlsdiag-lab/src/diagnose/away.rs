//! Faults that only a network makes: server and examiner in namespaces of their own, with the path emulator between.
use super::{Line, Options, Request, examine_one};
use crate::catalogue::{self, Item, Needs, Twin};
use crate::lab::Served;
use crate::path::{EmulatorProgram, Net, PathPlan};
use crate::serve;

/// Makes the network, serves on one side, examines from the other.
pub(crate) fn line(options: &Options, seed: u64, item: &Item) -> Line {
    match attempt(options, seed, item) {
        Ok(line) => line,
        Err(why) => Line::of(unserved(item), Err(why)),
    }
}

fn attempt(options: &Options, seed: u64, item: &Item) -> Result<Line, String> {
    let Needs::Path(plan) = item.needs() else { return Err("needs no path".to_owned()) };
    let twin = if item.twin() { Twin::Works } else { Twin::Broken };
    let emulator = EmulatorProgram::this_program(["lab", "path-emulator"]).map_err(|e| e.to_string())?;
    // the rules may name the server's port, which is known only once it serves: so they are put in afterwards
    let bare = plan(0, twin);
    let (forward, back) = (bare.forward.clone(), bare.back.clone());
    let open = PathPlan {
        forward: crate::path::Leg { rules: vec![], ..forward },
        back: crate::path::Leg { rules: vec![], ..back },
        ..bare
    };
    let mut net = Net::build(&open, &emulator).map_err(|e| e.to_string())?;
    let mut command = net.server_command(&options.program);
    command.args(["lab", "serve"]);
    let serving = serve::Options {
        seed: Some(seed),
        address: Some(net.server_addr()),
        words: vec![catalogue::word(item)],
        ..serve::Options::default()
    };
    let lab = serve::spawn(command, &serving).map_err(|e| e.to_string())?;
    let served = lab.list().first().cloned().ok_or("nothing is served")?;
    let meant = plan(served.port, twin);
    net.switch(meant.forward, meant.back).map_err(|e| e.to_string())?;
    let request = Request::of(&served, lab.root_pem(), options.timeout);
    let found = examine_one(net.client_command(&options.program), &request)?;
    Ok(Line::of(served, Ok(found)))
}

/// What could not be served, as far as it is known without serving.
fn unserved(item: &Item) -> Served {
    Served {
        kind: item.kind().to_owned(),
        slug: item.slug(),
        twin: item.twin(),
        works: item.works(),
        name: String::new(),
        host: String::new(),
        port: 0,
        address: std::net::Ipv4Addr::UNSPECIFIED.into(),
        url: String::new(),
        resolve: vec![],
        title: item.title().into(),
        visitor: item.visitor().into(),
        expect: item.expect().map(Into::into),
    }
}
