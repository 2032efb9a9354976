//! The collection as a script for Windows PowerShell, from version 2.0 on. Tools run under cmd, so that their octets reach
//! the files as they are.
use super::cmd;
use super::list::{How, Item, Need, On, items};

/// The script.
pub(crate) fn script(tool: &str) -> String {
    let mut out = String::new();
    for line in HEAD {
        say(&mut out, &line.replace("{tool}", tool));
    }
    for (name, on, tells) in super::taken() {
        say(&mut out, &format!("Write-Host {}", quoted(&format!("  {name:26}{}{}", tells.en, on.note()))));
    }
    for line in AFTER_LIST {
        say(&mut out, line);
    }
    for i in items() {
        take(&mut out, i);
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

/// A text that PowerShell takes as it stands.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn take(out: &mut String, i: &Item) {
    let file = quoted(i.file);
    let on = match i.on {
        On::Every => "$true",
        On::Old => "$old",
        On::New => "(-not $old)",
    };
    let need = match i.need {
        Need::Nothing => "$true".to_owned(),
        Need::Program(p) => format!("(HasProgram {} {file})", quoted(p)),
        Need::File(f) => format!("(HasFile {} {file})", quoted(f)),
        Need::Share => "$env:TD_SHARE".to_owned(),
    };
    say(out, &format!("# {} [{}]: {}", i.file, i.kind, i.tells.en));
    say(out, &format!("if ({on} -and {need}) {{"));
    match i.how {
        How::Shows(commands) => {
            say(out, "  $code = 0");
            for c in commands {
                say(out, &format!("  [void](Run {})", quoted(&cmd::shown(i.file, c))));
                say(out, &format!("  $c = Run {}; if ($c -ne 0) {{ $code = $c }}", quoted(&cmd::run(i.file, c))));
            }
            say(out, &format!("  Took {file} $code"));
        }
        How::Writes(c) => {
            let line = format!("{} >nul 2>&1 <nul", cmd::written(i.file, c));
            say(out, &format!("  Took {file} (Run {})", quoted(&line)));
        }
        How::Config(from) => {
            say(out, &format!("  $env:TD_FROM = [Environment]::ExpandEnvironmentVariables({})", quoted(from)));
            say(out, &format!("  $env:TD_TO = Join-Path $out {file}"));
            say(out, &format!("  {}", cmd::without_secrets()));
            say(out, &format!("  Took {file} 0"));
        }
        How::Filled(key, values) => {
            for line in cmd::filled(i.file, key, values) {
                say(out, &format!("  [void](Run {})", quoted(&line)));
            }
            say(out, &format!("  Took {file} 0"));
        }
    }
    say(out, "}");
}

const HEAD: &[&str] = &[
    "# Made by {tool} collect --script ps1. Usage: powershell -ExecutionPolicy Bypass -File collect.ps1 [FOLDER]",
    "# It writes into a new folder and changes nothing else. Read it before you run it.",
    "param([string]$Folder)",
    "$ErrorActionPreference = 'Continue'",
    "",
    "# a 32-bit PowerShell would see another registry and other folders",
    "$native = Join-Path $env:windir 'Sysnative\\WindowsPowerShell\\v1.0\\powershell.exe'",
    "if ($env:PROCESSOR_ARCHITEW6432 -and (Test-Path $native)) {",
    "  if ($Folder) { & $native -NoProfile -ExecutionPolicy Bypass -File $MyInvocation.MyCommand.Path $Folder }",
    "  else { & $native -NoProfile -ExecutionPolicy Bypass -File $MyInvocation.MyCommand.Path }",
    "  exit $LASTEXITCODE",
    "}",
    "",
    "# one line under cmd, which expands names between per cent signs; gives its exit code",
    "function Run([string]$line) {",
    "  $s = New-Object System.Diagnostics.ProcessStartInfo",
    "  $s.FileName = $env:ComSpec",
    "  $s.Arguments = '/d /s /c \"' + $line + '\"'",
    "  $s.UseShellExecute = $false",
    "  $p = [System.Diagnostics.Process]::Start($s)",
    "  $p.WaitForExit()",
    "  return $p.ExitCode",
    "}",
    "function Note([string]$text) { Add-Content -Encoding ASCII -LiteralPath $manifest -Value $text }",
    "function HasProgram([string]$name, [string]$file) {",
    "  if (Get-Command $name -CommandType Application -ErrorAction SilentlyContinue) { return $true }",
    "  Note ('# not taken: ' + $file + ': ' + $name + ' is not here')",
    "  return $false",
    "}",
    "function HasFile([string]$path, [string]$file) {",
    "  if (Test-Path -LiteralPath ([Environment]::ExpandEnvironmentVariables($path))) { return $true }",
    "  Note ('# not taken: ' + $file + ': ' + $path + ' is not here')",
    "  return $false",
    "}",
    "function Took([string]$file, [int]$code) {",
    "  if (Test-Path -LiteralPath (Join-Path $out $file)) {",
    "    Note ('# ' + $file + ': ended with ' + $code)",
    "    Write-Host ('  ' + $file)",
    "    if ($code -eq 0) { $script:got = $script:got + 1 }",
    "  } else { Note ('# not taken: ' + $file + ': ended with ' + $code) }",
    "}",
    "# SHA-256; where FIPS mode forbids one implementation, another does it",
    "function Sum([string]$path) {",
    "  foreach ($n in 'SHA256CryptoServiceProvider', 'SHA256Managed', 'SHA256Cng') {",
    "    try {",
    "      $h = New-Object ('System.Security.Cryptography.' + $n) -ErrorAction Stop",
    "      $s = [System.IO.File]::OpenRead($path)",
    "      try { return ([BitConverter]::ToString($h.ComputeHash($s)) -replace '-', '').ToLower() } finally { $s.Close() }",
    "    } catch { }",
    "  }",
    "  return $null",
    "}",
    "",
    "$got = 0",
    "$old = [Environment]::OSVersion.Version.Major -lt 6",
    "$here = (Get-Location -PSProvider FileSystem).ProviderPath",
    "if ($Folder) { $out = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($here, $Folder)) }",
    "else {",
    "  $out = Join-Path $here ('tlsdiag-' + $env:COMPUTERNAME)",
    "  $n = 2",
    "  while (Test-Path -LiteralPath $out) { $out = Join-Path $here ('tlsdiag-' + $env:COMPUTERNAME + '-' + $n); $n = $n + 1 }",
    "}",
    "if (Test-Path -LiteralPath $out) { Write-Host ($out + ' is there already; give the name of a new folder.'); exit 2 }",
    "[void](New-Item -ItemType Directory -Path $out)",
    "if (-not (Test-Path -LiteralPath $out)) { Write-Host ($out + ' cannot be made.'); exit 2 }",
    "$manifest = Join-Path $out 'manifest.txt'",
    "$env:TD_OUT = $out",
    "$env:TD_DATA = [Environment]::GetFolderPath('CommonApplicationData')",
    "$ccs = Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider' -ErrorAction SilentlyContinue",
    "$env:TD_SHARE = if ($ccs) { $ccs.CertStoreLocation } else { '' }",
    "Write-Host 'tlsdiag collects what tells why https does not work on this server.'",
    "Write-Host ('It writes into ' + $out + ' and changes nothing else.')",
    "Write-Host 'It takes no private key and no password.'",
    "$me = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())",
    "if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {",
    "  Write-Host 'This prompt has no administrator rights: some of it will be missing.'",
    "}",
    "Write-Host 'It takes, as far as it is here:'",
];

const AFTER_LIST: &[&str] = &[
    "Write-Host ''",
    "Write-Host 'This can take some minutes; certutil may ask revocation services over the network.'",
    "Note '# tlsdiag collect'",
    "Note ('# started ' + (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ'))",
    "Note ('# code page ' + [System.Globalization.CultureInfo]::CurrentCulture.TextInfo.OEMCodePage)",
    "",
];

const TAIL: &[&str] = &[
    "",
    "Note ('# ended ' + (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ'))",
    "foreach ($f in (Get-ChildItem -LiteralPath $out | Sort-Object Name)) {",
    "  if ($f.Name -eq 'manifest.txt') { continue }",
    "  $sum = Sum $f.FullName",
    "  if ($sum) { Note ($sum + '  ' + $f.Name) } else { Note ('# no hash: ' + $f.Name + ', ' + $f.Length + ' bytes') }",
    "}",
    "if ($got -eq 0) { Write-Host ('Nothing could be gathered; manifest.txt in ' + $out + ' says why.'); exit 1 }",
    "Write-Host ''",
    "Write-Host ([string]$got + ' files are complete in ' + $out + '; manifest.txt lists all with their hashes.')",
    "Write-Host 'Taken were settings, names, certificates and events as listed above; no private key, no password.'",
    "Write-Host 'Look through the folder, then send it. On any machine: tlsdiag FOLDER'",
    "exit 0",
];
