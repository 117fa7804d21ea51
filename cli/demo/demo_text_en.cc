#include "cli/demo/demo_text.h"

namespace dangol::demo {
namespace {

using tickets::v1::Ticket;

std::vector<ReasonName> ReasonNames() {
  return {
      {"delivery", "Delivery"},
      {"delivery/late", "Late"},
      {"delivery/door", "Left at the door"},
      {"delivery/area", "Out of reach"},
      {"packaging", "Packaging"},
      {"packaging/leak", "Leaks"},
      {"packaging/waste", "Waste"},
      {"order", "Order"},
      {"order/payment", "Payment"},
      {"order/address", "Address"},
      {"product", "Food"},
      {"product/taste", "Taste"},
      {"product/portion", "Portion"},
      {"product/spoiled", "Spoiled"},
      {"question", "Question"},
      {"question/ingredients", "Ingredients"},
      {"praise", "Praise"},
  };
}

std::vector<ReasonText> Reasons() {
  return {
      {.reason = "delivery/late",
       .stage = "experience",
       .subjects = R"(It did not come when you said
Not here at the time you gave
Your slot has come and gone
Late again, and nobody said
Tell us when you are late, please
Late once more)",
       .happened = R"(I took the morning off for a delivery "before noon". The bell rang at ten past three.
The {dish} was meant for dinner. It came at half past eight, and the children had gone to bed on toast.
The page has said "on its way" for {n} hours now and nothing else.
You texted that it had been delivered. It had not; it came the next day at lunchtime.
Our guests had left by the time the {dish} got here.
The time was changed twice, and both times I found out after it had passed.
First one o'clock, then three, then five. It was nearly seven.
It was for my mother, who did not dare to go out all day.
A four-hour slot is the same as no slot at all, if you ask me.
Being late happens. Having to ring you to be told so is another matter.
It was promised for before I leave for work, and it stood on the step until six in the evening.)",
       .details = R"(It is chilled food, so I could not leave it outside.
That is {n} times this month.
I rang three times and got the engaged tone.
The driver was lovely, and I know it was not her fault.
It did rain hard that day, to be fair.
My sister, four streets away, had hers on time.
One line by text would have been enough.)",
       .wishes = R"(Just tell me the hour.
If you know that it will be late, please say so before I ask.
I would like the delivery charge back.
Could I see where the van is?)",
       .heard = R"(They kept the day free for us and were not told that we were late.
Ordered for dinner, and it came after dinner. Not knowing was worse than waiting.
The time moved, and they learned it once it had passed.)",
       .remedies = R"(Delivery charge paid back
No delivery charge on the next order)",
       .replies =
           R"(You kept your day free and we did not keep our word. We should have told you before you had to ask. The delivery charge went back to you this morning.
I am sorry about your dinner. I read your message to the end together with the person who plans the routes. Your next delivery costs you nothing.
We gave you a slot of four hours, and even that was wrong. Thank you for saying so plainly.)"},
      {.reason = "packaging/leak",
       .stage = "experience",
       .subjects = R"(Something had leaked
A tub had leaked
It leaked on the way
Leaked again
My order arrived wet)",
       .happened = R"(When I lifted the box it dripped on the floor. Half of the {dish} was gone.
The lid was shut on one side only. I pressed it and it clicked, so it was never closed.
A corner of the tub had cracked, and everything else in the box tasted of {dish}.
There is a mark on the hall carpet now, and the smell stayed for two days.
I thought that an ice pack had burst. It was the {dish}.
It was in a bag, yes. All of the sauce was in that bag.
The box came on its side, arrows and all.
The tub was fine, but the film had lifted. Film alone is not enough for anything liquid.
I wrote about this before. Same tub, same corner.)",
       .details = R"(Photos attached.
I love the food, but I have stopped ordering anything with sauce.
The rest of the order was fine.
It was a present, which made it worse.
The number on the bottom of the tub is 7.
I ate what was left, it seemed a pity not to.)",
       .wishes = R"(Please put the liquid ones in a different tub.
Could you send another one?
I would like my money back for what leaked.
Even a bit of tape over the lid would do.)",
       .heard = R"(The lid opened on the way. They like the food and no longer dare to order what has a sauce.
One tub leaked and spoiled the others.
They had told us before, and the same tub leaked again.)",
       .remedies = R"(A new one sent the next day
Paid back in full)",
       .replies =
           R"(Instead of dinner we gave you something to clean up. A new one is on its way for tomorrow, and you need not send anything back.
I am sorry about your hall. You have your money back, and we are looking at that tub.
We did not listen well enough the first time. This time we sat down with the people who make the tubs.)"},
      {.reason = "order/payment",
       .stage = "decision",
       .subjects = R"(Trouble with paying
The checkout went wrong
Something is wrong with my payment
I could not pay as I should
Please look at my payment)",
       .happened = R"(I press pay, it spins, and I am back where I began.
My bank says that it was paid. Your page says that I have no order.
The same amount went out twice. Please cancel one of them.
I have {n} pounds of credit and cannot find where to use it.
It takes me all the way to the code from the bank and then empties the basket.
With the voucher in, the total was below zero.
On my phone the bank's page is cut off, and the button to confirm is not there.
It only says "try again later". It is later.)",
       .details = R"(On the computer it worked.
I tried three times, then bought somewhere else.
This was about eleven at night.
The message is long, and I still do not know what to do.
Newest version of everything, by the way.)",
       .wishes = R"(Please cancel the second payment.
At least tell me why it fails.
Can I order by telephone?)",
       .heard = R"(They could not tell whether they had paid, so they paid twice.
The message did not tell them what to do.)",
       .remedies = R"(Second payment cancelled
Order taken by telephone)",
       .replies = R"(The second payment is cancelled. Your bank will show it in two days or so.
I am sorry, and I am trying it now on the same phone as yours. I have put your order through by hand.)"},
      {.reason = "delivery/door",
       .stage = "experience",
       .subjects = R"(Not left where I asked
I did not get it at my door
Please read the note I leave
Not handed over again
Where it was left)",
       .happened = R"(I wrote the door code down, and it was still left downstairs in the lobby.
It stood in front of number 12 of the next street. I found it by walking about.
The text said "at your door". In the evening I found it behind the bins.
You left it with the porter, who goes home at six.
I asked for the bell, and nobody rang it. I was at home.
One call and I would have come down. I saw the text two hours later.
It was left at reception, and somebody else took it up.
I asked for a text because of the baby, and this time you rang the bell.)",
       .details = R"(In summer it does not last two hours.
Does anybody read the note for the driver?
You used to call, and that worked.
There is very little room for the note, I admit.
This is time number {n}.)",
       .wishes = R"(Please call before you come.
Please read the note.
Please send again what went missing.)",
       .heard = R"(They left a note, and it was not kept. They were at home and did not get it.
Had we called as we used to, they would have come down.)",
       .remedies = R"(Sent again the same evening
Paid back)",
       .replies = R"(You were in, and still you did not get it. It comes again tonight, and this time we call.
You wrote down what to do and we did not do it. You have your money back.)"},
      {.reason = "product/taste",
       .stage = "experience",
       .subjects = R"(About the taste
Not seasoned as I know it
Not quite right this time
Not what it used to be)",
       .happened = R"(The {dish} is saltier than last month. I rinsed it.
Bland last week and salty this week, the same {dish}. Does it depend on who cooks?
It says "for children", and there was chilli in it.
The {dish} is so sweet that it could be pudding.
You have changed the oil, I think. I liked the old one better.
I have to watch my blood pressure, and nowhere does it say how much salt there is.
There was more onion than anything else.)",
       .details = R"(My husband says that it is fine, so it may be me.
I have been eating it for {n} years, that is why I say it.
Not bad enough to throw away.
I wish that one could choose.)",
       .wishes = R"(Please make it the same every time.
A less salty one would be good.
Print the salt on it.)",
       .heard = R"(The same dish tastes different each time, and they have eaten it long enough to know.
They must avoid salt and cannot find out how much there is.)",
       .remedies = R"(Credited in full
Cooked again and sent)",
       .replies =
           R"(You know it better than we do, so the cook of that day and I tasted what was kept. It was too salty for us, too. It is credited to you.
Thank you for being frank. The recipe now says grams where it said "to taste".)"},
      {.reason = "product/portion",
       .stage = "decision",
       .kind = Ticket::REQUEST,
       .subjects = R"(About the size of the tubs
The size does not suit me
A tub that fits, please
How much is in a tub)",
       .happened = R"(I live alone, and from the third day on I throw it away.
400 grams of {dish} last me a week.
I would like a bit of many things, but the tubs are large, so I only buy two.
My mother is on her own and always apologises for what she leaves.
I weighed it: 360 grams, for the same price.
I order less than I would like to, because I hate waste.)",
       .details = R"(I would not mind paying a little more.
A tub with two halves would be nice.
All my friends who live alone say the same.)",
       .wishes = R"(150 grams would be perfect.
Let me choose three in one.)",
       .heard = R"(They want to eat it without throwing any away. It is the waste that troubles them, not the price.)",
       .remedies = R"(The missing part paid back)",
       .replies =
           R"(I do not like throwing food away either. We are trying small tubs, and you will hear from me as soon as that is settled.
You have the difference back, and we have checked the scales.)"},
      {.reason = "product/spoiled",
       .stage = "experience",
       .subjects = R"(It was off when it came
Something had gone off
I could not eat it
Not fit to eat)",
       .happened = R"(I opened it at once, and the {dish} smelt sour.
Two days left on the date, and the leaves were slimy.
The ice packs had melted and the lid was bulging.
There was white mould inside the lid.
My son was sick all night. It may be something else, but you should know.)",
       .details = R"(It was 31 degrees that day.
The batch number is in the photo.
It stood outside for less than an hour.
Everything else was fine.)",
       .wishes = R"(Please check what others got.
I would rather know why than have my money back.
More ice in summer, please.)",
       .heard = R"(It was spoiled on the day that it came. They want to know why, and are worried about others.)",
       .remedies = R"(Paid back in full, and asked after their health
Paid back in full)",
       .replies =
           R"(First of all: are you well again? We have looked at everything that was cooked that day and I will ring you tomorrow with what we find. You have your money back.
We checked all thirty-two tubs of that day. The van's door had stood open. I would rather tell you that than hide it.)"},
      {.reason = "order/address",
       .stage = "decision",
       .kind = Ticket::REQUEST,
       .subjects = R"(Cannot change the address
Trouble with my address
I wanted it sent elsewhere)",
       .happened = R"(A minute after ordering I saw that the address was wrong, and there was no button to change it.
We have moved, and the old address was still the first in the list.
It was meant for my parents and came to us.
I was told to cancel and order anew, and my voucher was gone.
I waited half an hour in the chat. By then it had left.)",
       .details = R"(As long as it has not left, that should be possible.
I know, my own mistake.
I cannot be the only one with two addresses.)",
       .wishes = R"(Let me change it myself until it leaves.
I would like my voucher back.)",
       .heard = R"(They could not change the address by themselves and had to cancel and order anew.)",
       .remedies = R"(Voucher given back
Sent to the right address)",
       .replies =
           R"(Your voucher is back. Somebody is working on letting you change the address yourself until the van leaves.
I have changed it for you; it comes tomorrow morning.)"},
      {.reason = "delivery/area",
       .stage = "apply",
       .kind = Ticket::REQUEST,
       .subjects = R"(You do not come out to us
Outside your area, it says
Deliver further out, please)",
       .happened = R"(We moved, and now your page says no. After {n} years!
You come to my office but not to my home, so I carry it on the train.
I would like to send something to my parents by the coast.
You deliver on the other side of the road.)",
       .details = R"(I would pay more for it.
Once a week would do.
I could bring ten neighbours.)",
       .wishes = R"(Tell me when you do.
Even on one fixed day.)",
       .heard = R"(A regular who lost us by moving, and would pay more.)",
       .remedies = R"(None)",
       .replies = R"(Thank you for telling us.)"},
      {.reason = "packaging/waste",
       .stage = "regular",
       .kind = Ticket::REQUEST,
       .subjects = R"(So much packaging
Less packaging, please
A pity to throw it all away)",
       .happened = R"(Three tubs, one box, four ice packs and six bags.
I have {n} ice packs in the freezer now.
The tubs are far too good to throw away. Would you take them back?
I would rather have a cool bag than polystyrene.)",
       .details = R"(Others take the bag back at the next delivery.
They are washed and dry.
My daughter learned about it at school and keeps asking.)",
       .wishes = R"(Please take them along next time.
Less packaging. You may keep the price.)",
       .heard = R"(Throwing it away troubles them so much that they order less.)",
       .remedies = R"(Ice packs taken back with the next delivery)",
       .replies = R"(The driver will take them along next time; please put them outside the door.
It troubles us, too. We are finding out how tubs could be washed and used again.)"},
      {.reason = "question/ingredients",
       .stage = "apply",
       .kind = Ticket::QUESTION,
       .subjects = R"(A question before I order
One thing I would like to know
Could you tell me something?
Quick question)",
       .happened = R"(Are there prawns in the {dish}? My son is allergic.
Can I freeze it?
Could you put a note in, for my mother-in-law?
Can one order go to two houses?
How do I skip a week?)",
       .details = R"(I could not find it on the page.
No hurry.)",
       .wishes = R"(Thank you.)",
       .heard = R"(They wanted to know before they buy, and our page did not say.)",
       .remedies = R"(None)",
       .replies =
           R"(Thank you for asking. I asked the cook, rang you with the answer, and it now says so on the page.
That was missing on the page, and we have put it there. Ask whenever there is something else.
The answer now stands among the common questions. If it is urgent, ring us, and we tell you at once.)"},
      {.reason = "praise",
       .stage = "regular",
       .kind = Ticket::PRAISE,
       .subjects = R"(I only want to say thank you
Thank you
Well done
You made my week)",
       .happened = R"(I had eaten nothing for days, and then a whole bowl of your {dish}.
Please thank the driver who climbed four floors in the rain.
I wrote about it last month and it really has changed. I did not expect that.
My mother asked whether she had cooked it herself. She gives no higher praise.
It is good to come home and have that in the fridge.)",
       .details = R"(I tell everybody in the street.
Keep going for many years.
Next week I will try the {dish}.)",
       .wishes = R"(Thank you.)",
       .heard = R"(They say thank you.)",
       .remedies = R"(None)",
       .replies = R"(We read it aloud this morning. Thank you.
I told the driver. She was very pleased.)"},
  };
}

std::vector<ChangeText> Changes() {
  return {
      {.id = "double-seal",
       .title = "Whatever has a sauce comes in a tub that is sealed twice",
       .description =
           "A film under the lid, and whoever fills the tub turns it over for ten seconds. All fourteen dishes with a sauce.",
       .rationale =
           "It costs 2p more a tub. What we send again costs three times as much. One person still fills nearly as many in "
           "an hour, so we can keep it up, and everybody gets the new tub, not only those who wrote.",
       .note =
           "Everything with a sauce now comes in a new tub, with a film under the lid. You asked for it. If it leaks all the same, "
           "please tell us.",
       .comments = R"(Samples from two makers stood upside down overnight. One of them was dry in the morning.
There is a place to turn tubs over at the table now. It takes less time than I feared.)",
       .returned = R"(The film was stuck on one side only. Just a little, but it leaked again.)"},
      {.id = "hour-window",
       .title = "We name the hour, and say so first when we are late",
       .description =
           "When the van leaves, a text names the hour. If it will be more than 20 minutes late, the driver presses one "
           "button that tells every house that is left.",
       .rationale =
           "We cannot yet be on time always, but nobody has to be left guessing. It takes a driver three minutes a day, and "
           "the texts cost less than the calls that they save.",
       .note = "From now on we tell you the hour when the van leaves, and if we are late you hear it from us first.",
       .comments = R"(I went along with four drivers for two days. The button can be pressed at a red light.
The text now says "we are late" where it said "delay".)",
       .returned = R"(I got the text, and then it was an hour later than that.)"},
      {.id = "payment-wording",
       .title = "The messages of the checkout say in plain words what to do",
       .description = "Rewrites the twelve error messages so that they begin with what the customer can do.",
       .rationale =
           "Only words, so it can be done this week and is the same for everybody. It may not be the root cause, but it does no harm.",
       .note = "When a payment fails, the page now tells you first what you can do.",
       .comments = R"(It may well go on spinning, whatever the words. Let us begin there all the same.)",
       .returned = R"(The message is kinder. The payment still fails.)"},
      {.id = "text-before-door",
       .title = "A text ten minutes before we come, in place of the call",
       .description = "Drivers no longer call at each house; a text goes out ten minutes before.",
       .rationale =
           "Six of ten do not pick up. Forty seconds less a house make ten more houses a day. It is the same for everyone.",
       .note = "We send you a text ten minutes before we come. We no longer call.",
       .comments = R"(The drivers like it. Let us see what customers say.)"
                   "\n"
                   R"(More and more about front doors. We used to ask on the phone how to get in; now we cannot.)",
       .returned = R"(A text, and it was left downstairs. You used to call and come up.)"},
      {.id = "small-jars",
       .title = "Tubs of 150 grams for those who eat alone",
       .description = "The eight dishes that most ask for. We also try a tub with two halves.",
       .rationale =
           "It takes tubs and labels; the cooking is the same. Filling takes twice as long, so it costs 15 % more a gram, and "
           "we say why.",
       .note = "There are small tubs of 150 grams now. We begin with eight dishes.",
       .comments = R"(Sauce runs over between the halves. Dry dishes only, then.)",
       .returned = R"(Very few dishes come in the small tub.)"},
      {.id = "edit-address",
       .title = "Customers can change the address until the van leaves",
       .description = "A button in the order. Where the area changes, the time is shown anew.",
       .rationale =
           "Each such call takes six minutes. Once it is built we can keep it, and it is the same for everyone.",
       .note = "You can change the address yourself until the van leaves.",
       .comments = R"(Another area is the hard case. Shall we begin with the same area only?)",
       .returned = ""},
      {.id = "same-salt",
       .title = "Salt is weighed, and the cook's name is on the tub",
       .description = "Recipes have grams where they said to taste.",
       .rationale = "",
       .note = "",
       .comments = R"(The head cook is afraid that it takes the hand out of cooking. We begin with three dishes.)",
       .returned = ""},
      {.id = "return-jars",
       .title = "We take tubs and ice packs back and use them again",
       .description = "",
       .rationale =
           "We have nothing to wash and sterilise them with. By hand it takes two people a day, which we could not keep up for everyone.",
       .note = "",
       .comments = R"(The washing company begins at 300 tubs a day. We have 120.)",
       .returned = ""},
  };
}

}  // namespace

const DemoText& EnglishText() {
  static const auto& text = *new DemoText{
      .language = "en",
      .locale = "en-GB",
      .time_zone = "Europe/London",
      .shop = "Fernhill Kitchen",
      .members = {{{"ruth", "Ruth Adeyemi"},
                   {"owen", "Owen Pryce"},
                   {"meera", "Meera Nair"},
                   {"callum", "Callum Baird"},
                   {"ines", "Ines Duarte"},
                   {"tom", "Tom Fletcher"}}},
      .dishes = R"(braised beef
lentil soup
fish pie
chicken stew
ratatouille
pickled beetroot
potato salad
mushroom ragout
tomato soup
lamb curry
bean chilli
leek gratin
cucumber salad
rice pudding)",
      .family_names =
          "Walker\nEvans\nPatel\nHughes\nMurray\nOkafor\nBennett\nKhan\nReid\nWood\nCarter\nShaw\nKelly\nFraser\nGrant\nLloyd\nMills\nPalmer",
      .given_names = R"(Alice
Ben
Chloe
David
Emma
Farah
George
Hannah
Imran
Joan
Kieran
Lucy
Martin
Nadia
Oliver
Priya
Rosie
Sam
Tess
Will
Margaret
Ahmed
Beth
Colin
Dorothy
Ewan)",
      .openings = R"(Hello,
Good morning.
I have been a customer for {n} years.
I do not often write.
Sorry to bother you.
I just think that you should know.
A short note.
I will keep it short.
I say this because I like your shop.)",
      .endings = R"(Thanks.
Please look into it.
I look forward to your answer.
I will go on ordering, mind.
No offence meant.
Kind regards
Could somebody have a look?)",
      .reason_names = ReasonNames(),
      .reasons = Reasons(),
      .changes = Changes(),
      .decline =
          R"(Let me be frank: with two cold vans we cannot keep it below ten degrees that far out in summer. That is not a no, it is a not yet. When there is a third van, you will be the first to hear.
I read your message to the end. Today we have neither van nor driver for it, and I would rather say so than promise and fail. I will write to you on the day that it works.)",
      .revisit = "When there is a third cold van, or twenty houses a day out there",
      .jars_revisit = "When the washing company takes 120 tubs a day, or we use 300",
      .content = R"(It really is better now. Thank you.
Worth writing, then.
Thank you for the quick answer.
One notices that a person reads these.)",
      .discontent = R"(A kind answer, but nothing has changed.
The answer took too long.
The same thing again.)",
      .accepted =
          "We have read it to the end and tied it to what we mean to change. We will tell you what becomes of it.",
      .apology =
          "We see that this was not good enough. The person in charge has read it again and noted what was missing. We mean to do better.",
      .thanks = "Thank you for saying so. Everybody here has read it.",
      .follow_up =
          R"(What you told us about has changed. Thank you for your patience. Will you tell us next time whether it really is better?
Because you said so, it is different for everybody now. If it still falls short, please write again.)",
      .remarks = R"(This fell sharply. What happened?
Our birthday week, I suppose. Let us judge it by the next one.
Above target. It would be good to note what was different.
Slowly more regulars. I would like to know who came back, not only how many.)",
      .remark_replies = R"(A van broke down on Tuesday and every afternoon delivery moved. It is back since Thursday.
Yes, I will look again in two days.
Only the tub is different. If it stays like this next month, we may say so.)",
      .missing_note = "The shop was closed",
      .agreement = "We can work like this.",
      .concern = "Mending the text when a question comes three times is right, but who counts?",
      .revision_note = "We name the hour of arrival now, so the steps of the experience have changed.",
      .new_step = "When the van leaves, send a text that names the hour."};
  return text;
}

const DemoText& TextOf(std::string_view language) { return language == "ko" ? KoreanText() : EnglishText(); }

}  // namespace dangol::demo
