//! What the operator reads on the terminal after a start.

use super::{App, Inner, console_password_file, password_file};

impl App {
    /// Says on the terminal where everything is.
    #[expect(clippy::print_stdout, reason = "this is what the operator reads")]
    pub(crate) fn greet(&self) {
        let (config, Inner { addresses, .. }) = (self.config(), &*self.0);
        println!(
            "budstikke {} serves {} ({})",
            env!("CARGO_PKG_VERSION"),
            config.organization.name,
            config.organization.number
        );
        let scheme = if config.listen.tls.is_some() { "https" } else { "http" };
        println!("  Notify API    {scheme}://{}/notifications/api/v1/", addresses.api);
        println!("  Exchange API  {scheme}://{}/api/", addresses.api);
        println!("                user {}, password in {}", self.user(), password_file(&config).display());
        println!("  console       {scheme}://{}/console", addresses.api);
        if config.console.enabled {
            let file = console_password_file(&config);
            println!(
                "                user {}, first password in {}",
                console::sign_in::FIRST,
                file.display()
            );
        }
        println!("  operators     http://{}/health/details", addresses.operators);
        println!("  data          {}", config.data_dir.display());
        if !config.is_alone() {
            println!("                rows in the shared PostgreSQL, roles {:?}", config.roles);
        }
        let stand_ins = config.stand_ins();
        if !stand_ins.is_empty() {
            println!("\n  TEST USE ONLY: embedded here are {}.", stand_ins.join(", "));
        }
    }
}
