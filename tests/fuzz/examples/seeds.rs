//! Writes the recorded cases as inputs of `drivers`, and their answers as inputs of `json` and `xml`, below a directory:
//! what a fuzzer starts from. `cargo run --manifest-path tests/fuzz/Cargo.toml --example seeds -- tests/fuzz/seeds`

use std::fs;
use std::path::{Path, PathBuf};

use skyfetch_fuzz::{operations, wire};

fn main() {
    let to = PathBuf::from(std::env::args().nth(1).expect("a directory"));
    for target in ["drivers", "json", "xml"] {
        fs::create_dir_all(to.join(target)).expect("a directory");
    }
    let mut clouds: Vec<_> = operations().iter().map(|(cloud, service, _)| (cloud.name, *service)).collect();
    clouds.dedup();
    for (cloud, service) in clouds {
        for case in fs::read_dir(wire().join(cloud).join(service)).into_iter().flatten().flatten() {
            seed(&to, cloud, service, &case.path());
        }
    }
}

fn seed(to: &Path, cloud: &str, service: &str, case: &Path) {
    let text = fs::read_to_string(case).expect("a case");
    let mut input = String::new();
    let (mut last, mut bodies) = (' ', Vec::<String>::new());
    let mut in_body = false;
    for line in text.lines() {
        let first = line.chars().next().unwrap_or(' ');
        let rest = line.get(2..).unwrap_or("");
        match first {
            'c' => input = [cloud, " ", line.strip_prefix("call ").unwrap_or("")].concat(),
            '<' => {
                if last != '<' {
                    input.push_str("\n<<< ");
                    bodies.push(String::new());
                    in_body = false;
                } else {
                    input.push('\n');
                }
                input.push_str(rest);
                if in_body {
                    bodies.last_mut().expect("a body").extend([rest, "\n"]);
                }
                in_body |= rest.is_empty();
            }
            _ => {}
        }
        last = first;
    }
    let name = [cloud, service, case.file_stem().and_then(|s| s.to_str()).unwrap_or("")].join("-");
    fs::write(to.join("drivers").join(&name), input).expect("a seed");
    for (i, body) in bodies.iter().enumerate().filter(|(_, b)| !b.is_empty()) {
        let target = if body.starts_with('<') { "xml" } else { "json" };
        fs::write(to.join(target).join(format!("{name}.{i}")), body).expect("a seed");
    }
}
