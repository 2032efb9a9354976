//! The processes of the path tests: emulator, servers and clients.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["emulate"] => tlsdiag_lab::path::run_emulator().map_err(|error| error.to_string()),
        #[cfg(target_os = "linux")]
        words => linux::run(words),
        #[cfg(not(target_os = "linux"))]
        _ => Err("network namespaces exist on Linux only".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use socket2::{Domain, Socket, Type};
    use std::{
        io::{self, Read, Write},
        net::{SocketAddr, TcpListener, TcpStream},
        thread,
        time::{Duration, Instant},
    };
    use tlsdiag_lab::path::FullQueue;

    pub(crate) fn run(words: &[&str]) -> Result<(), String> {
        match words {
            ["echo", address] => echo(parse(address)?).map_err(|error| error.to_string()),
            ["full-queue", address] => full_queue(parse(address)?).map_err(|error| error.to_string()),
            ["talk", address, bytes, segment, patience] => {
                report(talk(parse(address)?, parse(bytes)?, parse(segment)?, parse(patience)?));
                Ok(())
            }
            ["crowd", address, count] => crowd(parse(address)?, parse(count)?),
            ["hold", path] => hold(path),
            other => Err(format!("no such role: {other:?}")),
        }
    }

    /// Gives back what it gets, until standard input ends.
    fn echo(address: SocketAddr) -> io::Result<()> {
        let listener = TcpListener::bind(address)?;
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || {
                    let mut reader = &stream;
                    let mut writer = &stream;
                    io::copy(&mut reader, &mut writer)
                });
            }
        });
        ready_until_input_ends()
    }

    fn full_queue(address: SocketAddr) -> io::Result<()> {
        let _queue = FullQueue::bind(address)?;
        ready_until_input_ends()
    }

    fn ready_until_input_ends() -> io::Result<()> {
        println!("ready");
        io::stdin().read_to_end(&mut Vec::new()).map(drop)
    }

    /// Connects, sends `bytes` and waits for all of them; segments of at most `segment` bytes if that is not 0.
    fn talk(address: SocketAddr, bytes: usize, segment: u32, patience: u64) -> io::Result<(Duration, Duration)> {
        let patience = Duration::from_millis(patience);
        let started = Instant::now();
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if segment > 0 {
            socket.set_tcp_mss(segment)?;
        }
        socket.connect_timeout(&address.into(), patience)?;
        let connected = started.elapsed();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(patience))?;
        let sent: Vec<u8> = (0..bytes).map(|n| (n % 251) as u8).collect();
        let (mut writer, mut reader, pattern) = (stream.try_clone()?, stream, sent.clone());
        let sender = thread::spawn(move || writer.write_all(&pattern));
        let mut got = vec![0; bytes];
        reader.read_exact(&mut got)?;
        if got != sent {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "other bytes came back"));
        }
        drop(sender);
        Ok((connected, started.elapsed()))
    }

    /// `count` conversations at once; prints how many ended well and how long all took.
    fn crowd(address: SocketAddr, count: usize) -> Result<(), String> {
        let started = Instant::now();
        let talks: Vec<_> = (0..count).map(|_| thread::spawn(move || talk(address, 100, 0, 5000))).collect();
        let well = talks.into_iter().filter_map(|talk| talk.join().ok()?.ok()).count();
        println!("{well} {}", started.elapsed().as_millis());
        Ok(())
    }

    /// `ok CONNECT_MS ALL_MS` or `error KIND`.
    fn report(outcome: io::Result<(Duration, Duration)>) {
        match outcome {
            Ok((connected, all)) => println!("ok {} {}", connected.as_millis(), all.as_millis()),
            Err(error) => println!("error {:?}", error.kind()),
        }
    }

    /// Builds a network, tells the pids of the processes in `path`'s namespaces, and sleeps until it is killed.
    fn hold(emulator: &str) -> Result<(), String> {
        use tlsdiag_lab::path::{EmulatorProgram, Net, PathPlan};
        let program = EmulatorProgram { program: emulator.into(), arguments: vec!["emulate".into()] };
        let _net = Net::build(&PathPlan::new(), &program).map_err(|error| error.to_string())?;
        ready_until_input_ends().map_err(|error| error.to_string())
    }

    fn parse<T: std::str::FromStr>(word: &str) -> Result<T, String> {
        word.parse().map_err(|_| format!("cannot read {word}"))
    }
}
