using Galley.Wire;

namespace Galley.S3;

/// <summary>What a lifecycle configuration must satisfy.</summary>
internal static class LifecycleRules
{
    private const int MaxRules = 1000, MaxId = 255, MonthOfInfrequentAccess = 30;

    public static List<LifecycleRule> Check(List<LifecycleRule> rules)
    {
        if (rules.Count == 0) throw Errors.MalformedXml();
        if (rules.Count > MaxRules) throw Errors.InvalidRequest($"The number of lifecycle rules must not exceed the allowed limit of {MaxRules} rules");
        if (rules.DistinctBy(rule => rule.Id).Count() != rules.Count) throw Errors.InvalidArgument("Rule ID must be unique. Found same ID for more than one rule");
        foreach (var rule in rules)
        {
            if (rule.Id.Length > MaxId) throw Errors.InvalidArgument($"ID length should not exceed allowed limit of {MaxId}");
            CheckDays(rule);
            CheckTags(rule);
            foreach (var transition in rule.Transitions ?? []) Check(transition, "Transition", "Days", rule);
            foreach (var transition in rule.NoncurrentTransitions ?? []) Check(transition, "NoncurrentVersionTransition", "NoncurrentDays", rule);
        }

        return rules;
    }

    private static void CheckDays(LifecycleRule rule)
    {
        Positive(rule.Days, "Days", "Expiration");
        Positive(rule.NoncurrentDays, "NoncurrentDays", "NoncurrentVersionExpiration");
        Positive(rule.NewerNoncurrent, "NewerNoncurrentVersions", "NoncurrentVersionExpiration");
        Positive(rule.AbortDays, "DaysAfterInitiation", "AbortIncompleteMultipartUpload");
        if (rule.Date is { } date && date.TimeOfDay != TimeSpan.Zero) throw Errors.InvalidArgument("'Date' must be at midnight GMT");
        if (rule is { Days: null, Date: null, ExpiredMarkers: false, NoncurrentDays: null, AbortDays: null, Transitions: null, NoncurrentTransitions: null })
            throw Errors.InvalidRequest("At least one action needs to be specified in a rule");
    }

    private static void CheckTags(LifecycleRule rule)
    {
        if (rule.Tags.DistinctBy(tag => tag.Key).Count() != rule.Tags.Count) throw Errors.InvalidRequest("Duplicate Tag Keys are not allowed.");
        if (rule is { Tags.Count: > 0, ExpiredMarkers: true }) throw Errors.InvalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.");
        if (rule is { Tags.Count: > 0, AbortDays: not null }) throw Errors.InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.");
        if (rule is { LargerThan: { } larger, SmallerThan: { } smaller } && larger >= smaller) throw Errors.InvalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
    }

    private static void Check(Transition transition, string action, string days, LifecycleRule rule)
    {
        if (transition.Days is null == transition.Date is null) throw Errors.MalformedXml();
        if (StorageClasses.Read(transition.StorageClass) is null) throw Errors.MalformedXml();
        if (transition.Days < 0) throw Errors.InvalidArgument($"'{days}' for {action} action must be nonnegative");
        if (transition.Days < MonthOfInfrequentAccess && transition.StorageClass is "STANDARD_IA" or "ONEZONE_IA")
            throw Errors.InvalidArgument($"'{days}' in {action} action must be greater than or equal to {MonthOfInfrequentAccess} for storageClass '{transition.StorageClass}'");
        if (action == "Transition" && rule.Days is { } end && transition.Days >= end) throw Errors.InvalidArgument("'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action");
    }

    private static void Positive(int? number, string name, string action)
    {
        if (number <= 0) throw Errors.InvalidArgument($"'{name}' for {action} action must be a positive integer");
    }
}
