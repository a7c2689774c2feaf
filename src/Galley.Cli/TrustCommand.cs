using System.CommandLine;
using System.Diagnostics;

namespace Galley.Cli;

/// <summary>`galley trust`: prints the installation's certificate authority, or installs it when asked to. Never by itself.</summary>
internal static class TrustCommand
{
    public static Command Build()
    {
        var install = new Option<bool>("--install") { Description = "Put it into this system's trust store (needs the rights to)." };
        var command = new Command("trust", "Print the local certificate authority (PEM), or install it with --install.") { ServerOptions.Port, install };
        command.SetAction(result =>
        {
            var running = Running.Find(result.GetValue(ServerOptions.Port));
            if (!result.GetValue(install))
            {
                Console.Write(running.Authority.TrimEnd() + "\n");
                Console.Error.WriteLine($"The same PEM is at {running.AuthorityFile} while Galley runs. `galley trust --install` puts it into the system's trust store.");
                return 0;
            }

            return Install(running.AuthorityFile);
        });
        return command;
    }

    private static int Install(string pem)
    {
        if (OperatingSystem.IsMacOS())
            return Run("security", "add-trusted-cert", "-r", "trustRoot", "-k", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "Library/Keychains/login.keychain-db"), pem);
        if (OperatingSystem.IsWindows())
            return Run("certutil", "-user", "-addstore", "Root", pem);
        const string debian = "/usr/local/share/ca-certificates", fedora = "/etc/pki/ca-trust/source/anchors";
        try
        {
            if (Directory.Exists(debian))
            {
                File.Copy(pem, Path.Combine(debian, "galley.crt"), overwrite: true);
                return Run("update-ca-certificates");
            }

            if (Directory.Exists(fedora))
            {
                File.Copy(pem, Path.Combine(fedora, "galley.pem"), overwrite: true);
                return Run("update-ca-trust");
            }
        }
        catch (UnauthorizedAccessException)
        {
            throw new CliException($"This needs root: sudo cp {pem} {debian}/galley.crt && sudo update-ca-certificates. Browsers with a store of their own (Firefox) import the file in their settings.");
        }

        throw new CliException($"Galley does not know this system's trust store. Import {pem} by hand.");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)) ?? throw new CliException($"{program} did not start.");
        process.WaitForExit();
        return process.ExitCode;
    }
}
