namespace Galley.CloudFront;

/// <summary>What CloudFront has and Galley has not: refused by name.</summary>
internal static class Unsupported
{
    public static void Add(CloudFrontApi api)
    {
        foreach (var (route, name) in (ReadOnlySpan<(string, string)>)[
                     ("POST distribution/{id}/copy", "CopyDistribution"), ("PUT distribution/{id}/associate-alias", "AssociateAlias"), ("PUT distribution/{id}/promote-staging-config", "UpdateDistributionWithStagingConfig"),
                     ("POST continuous-deployment-policy", "CreateContinuousDeploymentPolicy"), ("GET continuous-deployment-policy", "ListContinuousDeploymentPolicies"),
                     ("POST distributions/{id}/monitoring-subscription", "CreateMonitoringSubscription"), ("GET distributions/{id}/monitoring-subscription", "GetMonitoringSubscription"),
                     ("POST realtime-log-config", "CreateRealtimeLogConfig"), ("GET realtime-log-config", "ListRealtimeLogConfigs"),
                     ("POST field-level-encryption", "CreateFieldLevelEncryptionConfig"), ("POST field-level-encryption-profile", "CreateFieldLevelEncryptionProfile"),
                     ("POST streaming-distribution", "CreateStreamingDistribution"), ("GET streaming-distribution", "ListStreamingDistributions"),
                     ("POST vpc-origin", "CreateVpcOrigin"), ("GET vpc-origin", "ListVpcOrigins"), ("POST anycast-ip-list", "CreateAnycastIpList"), ("GET anycast-ip-list", "ListAnycastIpLists")])
            api.Refuse(route, name);
    }
}
