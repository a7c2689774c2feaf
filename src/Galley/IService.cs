using Galley.Wire;

namespace Galley;

/// <summary>What a service offers (design D5): AWS operations, doors of its own, and CloudFormation resource types.</summary>
internal interface IService
{
    /// <summary>Its AWS APIs.</summary>
    IEnumerable<AwsService> Apis => [];

    /// <summary>The host names it answers itself.</summary>
    IEnumerable<IDoor> Doors => [];

    /// <summary>Adds what it tells whoever runs Galley and AWS has no operation for: signed calls of `galley` at `/_galley/…`.</summary>
    void AddOwn(JsonService own)
    {
    }

    /// <summary>The `AWS::…` types that it makes.</summary>
    IEnumerable<IResourceHandler> Resources => [];

    /// <summary>Says what there is of those types.</summary>
    IEnumerable<ResourceScanner> Scanners => [];

    /// <summary>Starts background work. The HTTP listener is up.</summary>
    ValueTask Start(CancellationToken stopping) => ValueTask.CompletedTask;

    /// <summary>Ends background work and child processes.</summary>
    ValueTask Stop() => ValueTask.CompletedTask;

    /// <summary>Forgets what is held in process memory, after the store was emptied (`POST /_galley/reset`).</summary>
    ValueTask Reset() => ValueTask.CompletedTask;

    /// <summary>Forgets what an earlier state of the store, now put back, may know otherwise (Galley.Testing).</summary>
    ValueTask Restored() => Reset();
}
