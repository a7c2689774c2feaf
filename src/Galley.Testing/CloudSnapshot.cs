namespace Galley.Testing;

/// <summary>
/// Everything in a cloud at one moment: tables, objects, users, stacks, functions, mail, the clock. Taking one costs next to nothing, for nothing
/// is copied. Put it back with <see cref="GalleyCloud.RestoreAsync"/>, or start further clouds from it with
/// <see cref="GalleyCloud.StartAsync(CloudSnapshot)"/>.
/// </summary>
public sealed class CloudSnapshot
{
    internal CloudSnapshot(GalleyCloudOptions options, InstallationImage image, CloudClock clock, CloudMail mail, IReadOnlyList<DeployedApp> apps)
        => (Options, Image, Time, Runs, Mail, Apps) = (options, image, clock.Now, clock.IsRunning, mail.Seen(), apps);

    /// <summary>What the clock said.</summary>
    public DateTimeOffset Time { get; }

    internal GalleyCloudOptions Options { get; }

    internal bool Runs { get; }

    internal InstallationImage Image { get; }

    internal IReadOnlyDictionary<string, string> Mail { get; }

    internal IReadOnlyList<DeployedApp> Apps { get; }
}
