//! The collection as a script for the Windows command prompt, from Server 2003 on. ASCII with CR LF, whatever the code page.
use super::list::{How, Item, Need, On, items};
use std::fmt::Write;

/// The script.
pub(crate) fn script(tool: &str) -> String {
    let mut out = String::new();
    for line in HEAD {
        say(&mut out, &line.replace("{tool}", tool));
    }
    say(&mut out, "echo It takes, as far as it is here:");
    for (name, on, tells) in super::taken() {
        say(&mut out, &format!("echo   {name:26}{}{}", echoed(tells.en), on.note()));
    }
    for line in AFTER_LIST {
        say(&mut out, line);
    }
    for (n, i) in items().enumerate() {
        take(&mut out, n, i);
    }
    for line in TAIL {
        say(&mut out, line);
    }
    out
}

fn say(out: &mut String, line: &str) {
    out.push_str(line);
    out.push_str("\r\n");
}

/// Text as `echo` prints it.
fn echoed(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '^' | '&' | '|' | '<' | '>' => {
                out.push('^');
                out.push(c);
            }
            '%' => out.push_str("%%"),
            c => out.push(c),
        }
    }
    out
}

fn take(out: &mut String, n: usize, i: &Item) {
    let file = i.file;
    say(out, "");
    say(out, &format!("rem {file} [{}]: {}", i.kind, i.tells.en));
    match i.on {
        On::Every => {}
        On::Old => say(out, &format!("if not defined TD_OLD goto after_{n}")),
        On::New => say(out, &format!("if defined TD_OLD goto after_{n}")),
    }
    match i.need {
        Need::Nothing => {}
        Need::Program(p) => {
            say(out, &format!("call :has {p} {file}"));
            say(out, &format!("if errorlevel 1 goto after_{n}"));
        }
        Need::File(f) => {
            say(out, &format!("if not exist \"{f}\" call :absent \"{f}\" {file}"));
            say(out, &format!("if not exist \"{f}\" goto after_{n}"));
        }
        Need::Share => say(out, &format!("if not defined TD_SHARE goto after_{n}")),
    }
    match i.how {
        How::Shows(commands) => {
            say(out, "set TD_CODE=0");
            for c in commands {
                say(out, &shown(file, c));
                say(out, &run(file, c));
                // an HRESULT is negative
                say(out, "if not %errorlevel%==0 set TD_CODE=%errorlevel%");
            }
            say(out, &format!("call :took {file} %TD_CODE%"));
        }
        How::Writes(c) => {
            say(out, &format!("{} >nul 2>&1 <nul", written(file, c)));
            say(out, &format!("call :took {file} %errorlevel%"));
        }
        How::Config(from) => {
            say(out, &format!("set \"TD_FROM={from}\""));
            say(out, &format!("set \"TD_TO=%TD_OUT%\\{file}\""));
            say(
                out,
                &format!("powershell -NoProfile -NonInteractive -Command \"{}\" >nul 2>&1 <nul", without_secrets()),
            );
            // where there is no PowerShell, whole lines are dropped
            say(out, &format!("if not exist \"%TD_TO%\" {}", lines_without_secrets()));
            say(out, &format!("call :took {file} 0"));
        }
        How::Filled(key, values) => {
            for line in filled(file, key, values) {
                say(out, &line);
            }
            say(out, &format!("call :took {file} 0"));
        }
    }
    say(out, &format!(":after_{n}"));
}

/// The line above the output of a command, as it stands at a prompt.
pub(crate) fn shown(file: &str, command: &str) -> String {
    format!(">>\"%TD_OUT%\\{file}\" echo C:\\^>{command}")
}

/// Runs a command; what it prints, errors too, goes to the file.
pub(crate) fn run(file: &str, command: &str) -> String {
    format!("{command} >>\"%TD_OUT%\\{file}\" 2>&1 <nul")
}

/// A command that writes the file itself.
pub(crate) fn written(file: &str, command: &str) -> String {
    command.replace("{}", &format!("\"%TD_OUT%\\{file}\""))
}

/// Lines as `reg query` prints them, the data replaced: `set` where a value holds a letter or a digit.
pub(crate) fn filled(file: &str, key: &str, values: &[&str]) -> Vec<String> {
    let mut out = vec![format!("reg query \"{key}\" >nul 2>&1 && >>\"%TD_OUT%\\{file}\" echo {key}")];
    for v in values {
        out.push(format!(
            "reg query \"{key}\" /v {v} 2>nul | findstr /r /c:\"REG_SZ.*[A-Za-z0-9]\" >nul && >>\"%TD_OUT%\\{file}\" echo     {v}    REG_SZ    set"
        ));
    }
    out
}

/// PowerShell that copies `TD_FROM` to `TD_TO` and replaces every password, key and connection string in it. It has no
/// quotation mark and no per cent sign, and uses nothing that constrained language mode forbids.
pub(crate) fn without_secrets() -> String {
    let mut out = String::new();
    for part in [
        "$q=[string][char]34; $a=[string][char]39;",
        "$t=(Get-Content -Encoding UTF8 -LiteralPath $env:TD_FROM) -join [string][char]10;",
        "$v='\\s*=\\s*(?:'+$q+'[^'+$q+']*'+$q+'|'+$a+'[^'+$a+']*'+$a+')';",
        "$t=$t -replace ('(?i)\\b(\\w*password|sessionKey|connectionString)'+$v),('$1='+$q+'removed'+$q);",
        "$t=$t -replace '(?is)<(environmentVariables|connectionStrings)\\b(?:[^>]*[^/>])?>.*?</\\1\\s*>','';",
        "Set-Content -Encoding UTF8 -LiteralPath $env:TD_TO -Value $t",
    ] {
        let blank = if out.is_empty() { "" } else { " " };
        let _ = write!(out, "{blank}{part}");
    }
    out
}

/// The same without PowerShell: no line that speaks of a secret.
pub(crate) fn lines_without_secrets() -> &'static str {
    "findstr /v /i /c:\"password\" /c:\"sessionKey\" /c:\"environmentVariable\" /c:\"connectionString\" \"%TD_FROM%\" >\"%TD_TO%\" 2>nul"
}

const HEAD: &[&str] = &[
    "@echo off",
    "rem Made by {tool} collect --script cmd. Usage: collect.cmd [FOLDER]",
    "rem It writes into a new folder and changes nothing else. Read it before you run it.",
    "setlocal enableextensions",
    "rem a 32-bit prompt would see another registry and other folders",
    "if not defined PROCESSOR_ARCHITEW6432 goto native",
    "if not exist \"%windir%\\Sysnative\\cmd.exe\" goto native",
    "\"%windir%\\Sysnative\\cmd.exe\" /d /c call \"%~f0\" %*",
    "exit /b %errorlevel%",
    ":native",
    "set TD_GOT=0",
    "set TD_OLD=",
    "rem 5.2 is Server 2003; only the number in brackets is the same in every language",
    "set TD_VER=",
    "for /f \"tokens=2 delims=[]\" %%v in ('ver') do set \"TD_VER=%%v\"",
    "for %%v in (%TD_VER%) do set \"TD_VER=%%v\"",
    "if \"%TD_VER:~0,2%\"==\"5.\" set TD_OLD=1",
    "set \"TD_OUT=%~1\"",
    "if defined TD_OUT goto named",
    "set \"TD_OUT=%CD%\\tlsdiag-%COMPUTERNAME%\"",
    "if not exist \"%TD_OUT%\" goto named",
    "for /l %%n in (2,1,99) do if not exist \"%CD%\\tlsdiag-%COMPUTERNAME%-%%n\" set \"TD_OUT=%CD%\\tlsdiag-%COMPUTERNAME%-%%n\"& goto named",
    ":named",
    "for %%i in (\"%TD_OUT%\") do set \"TD_OUT=%%~fi\"",
    "if exist \"%TD_OUT%\" echo \"%TD_OUT%\" is there already; give the name of a new folder.& exit /b 2",
    "md \"%TD_OUT%\"",
    "if not exist \"%TD_OUT%\" echo \"%TD_OUT%\" cannot be made.& exit /b 2",
    "rem where all users' program data lies: its name is translated on Server 2003",
    "set \"TD_DATA=%ALLUSERSPROFILE%\"",
    "for /f \"tokens=3*\" %%a in ('reg query \"HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Shell Folders\" /v \"Common AppData\" 2^>nul ^| findstr REG_SZ') do set \"TD_DATA=%%b\"",
    "set TD_SHARE=",
    "for /f \"tokens=2*\" %%a in ('reg query HKLM\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider /v CertStoreLocation 2^>nul ^| findstr REG_SZ') do set \"TD_SHARE=%%b\"",
    "echo tlsdiag collects what tells why https does not work on this server.",
    "echo It writes into \"%TD_OUT%\" and changes nothing else.",
    "echo It takes no private key and no password.",
    "reg query HKU\\S-1-5-19 >nul 2>&1 || echo This prompt has no administrator rights: some of it will be missing.",
];

const AFTER_LIST: &[&str] = &[
    "echo.",
    "echo This can take some minutes; certutil may ask revocation services over the network.",
    ">\"%TD_OUT%\\manifest.txt\" echo # tlsdiag collect",
    ">>\"%TD_OUT%\\manifest.txt\" echo # started %DATE% %TIME%",
    "for /f \"tokens=2 delims=:\" %%p in ('chcp') do >>\"%TD_OUT%\\manifest.txt\" echo # code page%%p",
];

const TAIL: &[&str] = &[
    "",
    ">>\"%TD_OUT%\\manifest.txt\" echo # ended %DATE% %TIME%",
    "pushd \"%TD_OUT%\"",
    "for %%f in (*) do if not \"%%f\"==\"manifest.txt\" call :sum \"%%f\"",
    "popd",
    "if %TD_GOT%==0 goto nothing",
    "echo.",
    "echo %TD_GOT% files are complete in \"%TD_OUT%\"; manifest.txt lists all with their hashes.",
    "echo Taken were settings, names, certificates and events as listed above; no private key, no password.",
    "echo Look through the folder, then send it. On any machine: tlsdiag FOLDER",
    "exit /b 0",
    ":nothing",
    "echo Nothing could be gathered; manifest.txt in \"%TD_OUT%\" says why.",
    "exit /b 1",
    "",
    "rem is the program of the first name on the path?",
    ":has",
    "set TD_HAS=",
    "for %%p in (%~1) do set \"TD_HAS=%%~$PATH:p\"",
    "if defined TD_HAS exit /b 0",
    ":absent",
    ">>\"%TD_OUT%\\manifest.txt\" echo # not taken: %~2: %~1 is not here",
    "exit /b 1",
    "",
    "rem a file and how its command ended",
    ":took",
    "if not exist \"%TD_OUT%\\%~1\" goto missing",
    ">>\"%TD_OUT%\\manifest.txt\" echo # %~1: ended with %~2",
    "echo   %~1",
    "if \"%~2\"==\"0\" set /a TD_GOT+=1 >nul",
    "exit /b 0",
    ":missing",
    ">>\"%TD_OUT%\\manifest.txt\" echo # not taken: %~1: ended with %~2",
    "exit /b 0",
    "",
    "rem SHA-256 as sha256sum -c reads it, where certutil can",
    ":sum",
    "set TD_SUM=",
    "for /f \"skip=1 delims=\" %%h in ('certutil -hashfile \"%TD_OUT%\\%~1\" SHA256 2^>nul') do if not defined TD_SUM set \"TD_SUM=%%h\"",
    "if not defined TD_SUM goto unsummed",
    "set \"TD_SUM=%TD_SUM: =%\"",
    "echo %TD_SUM%| findstr /r \"^[0-9a-f][0-9a-f]*$\" >nul || goto unsummed",
    ">>\"%TD_OUT%\\manifest.txt\" echo %TD_SUM%  %~1",
    "exit /b 0",
    ":unsummed",
    ">>\"%TD_OUT%\\manifest.txt\" echo # no hash: %~1",
    "exit /b 0",
];
