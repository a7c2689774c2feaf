namespace Galley.Tests.Tutorial;

/// <summary>Rows 90 and 91: the page and the function that were mended.</summary>
[Collection(nameof(TutorialByHand))]
public sealed class ByHandAgainTests(TutorialByHand tutorial)
{
    [Theory]
    [InlineData("site before", TutorialByHand.Index)]
    [InlineData("site from the cache", TutorialByHand.Index)]
    [InlineData("site after invalidation", TutorialByHand.Mended)]
    [InlineData("site within its time", TutorialByHand.Mended)]
    [InlineData("site after its time", TutorialByHand.Later)]
    public void Row_090_A_page_uploaded_again_is_served_after_an_invalidation_or_its_time(string moment, string page)
        => Assert.Equal((200, page), (tutorial.At(moment).Status, tutorial.At(moment).Body));

    [Fact]
    public void Row_091_The_next_invocation_uses_the_code_that_was_uploaded()
    {
        tutorial.NeedsRequests();
        Assert.Equal("invalid_grant", (string?)tutorial.At("token with the old callback").Json["error"]);
        Assert.Equal("InProgress", (string?)tutorial.Answer("MoveCallback")["LastUpdateStatus"]);
        Assert.NotNull((string?)tutorial.At("token with the new callback").Json["access_token"]);
    }
}
