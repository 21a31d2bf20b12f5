"""The shipped pack on sentences as residents write them: each category and each urgency, Chinese and English."""

from __future__ import annotations

import pytest

from services.routing.domain.classification import NO_RULE, Decision, Facts, classify
from services.routing.domain.rules import OTHER, Pack, Urgency
from services.routing.rule_pack import load_rule_pack

JANUARY, JULY = 1, 7


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_rule_pack()


def decide(pack: Pack, text: str, *, kind: str = "complaint", month: int = JULY) -> Decision:
    return classify(pack, Facts(text, channel="web", kind=kind, month=month))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("3栋2单元的电梯又停了，老人家只能爬十五楼", "facility.lift"),
        ("The lift in block 7 has been out of order since Monday", "facility.lift"),
        ("電梯門關不上，已經報修三次", "facility.lift"),
        ("地下泵房整夜轰响，水泵该换了", "facility.pump"),
        ("自来水发黄，水箱多久没清洗了？", "facility.pump"),
        ("The water tank on our roof has not been cleaned for years", "facility.pump"),
        ("北门到5栋的路灯全不亮，晚上一片漆黑", "facility.lighting"),
        ("电梯间灯不亮三天了", "facility.lighting"),
        ("Street lights along the east path are out", "facility.lighting"),
        ("昨晚又停电了，冰箱里的菜全坏了", "facility.water_power"),
        ("高层水压太小，热水器打不着火", "facility.water_power"),
        ("No water in unit 1203 since this morning", "facility.water_power"),
        ("一下雨地库就积水，下水道堵塞没人疏通", "facility.drainage"),
        ("厨房地漏反水，整个屋子都是臭的", "facility.drainage"),
        ("Blocked drain behind block 2, sewage is standing in the yard", "facility.drainage"),
        ("楼上漏水把我家吊顶泡坏了", "facility.leak"),
        ("顶楼一下雨就渗水，墙上全发霉", "facility.leak"),
        ("Our ceiling leaks each time it rains", "facility.leak"),
        ("暖气片摸着是凉的，室温只有十四度", "facility.heating"),
        ("小区坡道路面结冰没人撒盐", "facility.heating"),
        ("The radiators stay cold although we paid for heating", "facility.heating"),
        ("地库装充电桩物业不给盖章", "facility.charging"),
        ("Two of the charging stations are dead", "facility.charging"),
        ("地下室手机信号一格都没有，宽带也只能装一家", "facility.telecom"),
        ("儿童滑梯裂了一个口子，健身器材也松了", "facility.amenities"),
        ("The swing in the playground is hanging by one chain", "facility.amenities"),
        ("单元门坏了一个月，对讲也不响，报修没结果", "facility.repair"),
        ("The front door of our building is broken", "facility.repair"),
        ("楼道一周没打扫，垃圾桶满得溢出来", "environment.cleaning"),
        ("Rubbish has been piling up next to gate 3", "environment.cleaning"),
        ("樟树长到我家窗口了，请修剪树枝", "environment.greening"),
        ("The hedges have not been pruned and the lawn is full of weeds", "environment.greening"),
        ("草丛里蚊虫太多，该消杀了", "environment.pests"),
        ("We saw rats in the basement again", "environment.pests"),
        ("楼上每晚弹琴到十二点，孩子睡不着", "environment.noise"),
        ("隔壁工地夜间施工，吵得人睡不着", "environment.noise"),
        ("广场舞的音响从六点放到九点", "environment.noise"),
        ("Loud music from flat 502 every night, we cannot sleep", "environment.noise"),
        ("楼下餐馆的油烟直接排进我家", "environment.odour"),
        ("Cooking fumes from the restaurant come in at our windows", "environment.odour"),
        ("保安晚上在岗亭睡觉，陌生人随便进出", "security.guard"),
        ("The security guards let strangers in without asking", "security.guard"),
        ("消防通道被私家车堵死，消防车进不来", "security.fire"),
        ("有人把电瓶车推上楼飞线充电", "security.fire"),
        ("The fire exit on the ground floor is locked", "security.fire"),
        ("我的车位天天被别人占，地锁也被撬了", "security.parking"),
        ("Somebody is double-parked in front of the garage each evening", "security.parking"),
        ("昨天夜里单元里两家被盗", "security.order"),
        ("楼上经常高空抛物，烟头和酒瓶都有", "security.order"),
        ("Three bicycles were stolen from the shed", "security.order"),
        ("遛狗不牵绳，狗屎满地都是", "security.animals"),
        ("A stray dog follows the children without anybody on a leash", "security.animals"),
        ("前台小姑娘态度恶劣，还挂电话", "service.attitude"),
        ("The receptionist was rude and hung up on me", "service.attitude"),
        ("说好周三来，一拖再拖，没人回复", "service.timeliness"),
        ("I called four times, nobody came and I got no reply", "service.timeliness"),
        ("物业不作为，管理混乱，形同虚设", "service.quality"),
        ("Property management does nothing at all here", "service.quality"),
        ("物业费从一块八涨到两块五，凭什么涨价", "fees.standard"),
        ("The management fee is too expensive for what we get", "fees.standard"),
        ("这个月电费公摊比自家用电还多，要看明细", "fees.breakdown"),
        ("My water bill is three times last month's", "fees.breakdown"),
        ("电梯广告收入去哪了？公共收益从来没有公示", "fees.transparency"),
        ("Please publish the accounts, nothing here is transparent", "fees.transparency"),
        ("装修押金两年了还不退", "fees.deposit"),
        ("When do I get my refund of the deposit?", "fees.deposit"),
        ("1楼住户私搭阳光房，砸了承重墙", "public_affairs.illegal_building"),
        ("They knocked down a wall that is load-bearing", "public_affairs.illegal_building"),
        ("楼上改成群租房，一套住二十个人", "public_affairs.change_of_use"),
        ("Flat 1801 is let on Airbnb, short-term lets are not allowed", "public_affairs.change_of_use"),
        ("架空层被一楼的人围起来占为己有", "public_affairs.common_space"),
        ("A neighbour keeps his cupboards in the shared hallway", "public_affairs.common_space"),
        ("业委会换届两年没选出来，维修资金也动不了", "public_affairs.owners_committee"),
        ("The owners' committee has not held an election", "public_affairs.owners_committee"),
        ("开发商延期交房半年，房产证也办不下来", "public_affairs.handover"),
        ("The developer refuses to mend the cracks found at handover", "public_affairs.handover"),
        ("快递柜太少，社区活动也不办", "public_affairs.community"),
        ("Parcel lockers are always full", "public_affairs.community"),
        ("我坐轮椅，单元门口没有无障碍坡道", "public_affairs.hardship"),
        ("There is no ramp for a wheelchair at block 4", "public_affairs.hardship"),
        ("小区门口的公交站什么时候恢复，孩子入学也没学位", "public_affairs.authorities"),
        ("Our address has no school place and the bus stop was moved", "public_affairs.authorities"),
    ],
)
def test_a_sentence_finds_its_category(pack: Pack, text: str, category: str) -> None:
    decision = decide(pack, text)

    assert decision.category == category
    assert decision.category_rule.startswith(category.split(".")[0])
    assert decision.category_words
    assert decision.department == pack.categories[category].department


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("物业费太贵", "fees.standard"),  # not service.quality, although 物业 is in it
        ("停车费又涨了", "fees.standard"),  # not security.parking
        ("停车场的道闸天天坏", "security.parking"),  # not facility.water_power, although 停 begins 停电
        ("请把停电梯的时间提前通知", OTHER),  # 停电 is not meant
        ("消防大队就在隔壁街", OTHER),  # the neighbour, not a matter of fire safety
        ("公摊电费算不清", "fees.breakdown"),  # not facility.water_power
        ("垃圾费一年收两次", "fees.standard"),  # not environment.cleaning
        ("电梯广告收入归谁", "fees.transparency"),  # not facility.lift
        ("电梯口堆满装修垃圾", "environment.cleaning"),  # the place, not the lift
        ("The ban was lifted last week", OTHER),  # no lift in a longer word
        ("Please treat the strategic petition", OTHER),  # neither rat nor pet
        ("The carpet in the lobby", OTHER),  # neither car nor pet
        ("谢谢你们，一切都好", OTHER),
    ],
)
def test_words_of_another_meaning_do_not_mislead(pack: Pack, text: str, category: str) -> None:
    assert decide(pack, text).category == category


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("我和孩子被困电梯二十分钟了，快来人", "urgency.trapped"),
        ("I am trapped, the lift stopped between two floors", "urgency.trapped"),
        ("卫生间水管爆裂，水漫到走廊了", "urgency.burst_pipe"),
        ("A burst pipe is flooding the hallway", "urgency.burst_pipe"),
        ("楼道里有很浓的煤气味", "urgency.gas"),
        ("There is a smell of gas on the fourth floor", "urgency.gas"),
        ("12楼厨房着火了", "urgency.fire"),
        ("The meter box is on fire", "urgency.fire"),
        ("路灯杆漏电，摸到会麻", "urgency.electric"),
        ("An exposed wire hangs over the slide", "urgency.electric"),
        ("外墙掉砖，有人被砸伤流血", "urgency.injury"),
        ("An old man fell down the stairs and is bleeding", "urgency.injury"),
        ("业主在大门口被保安殴打", "urgency.violence"),
        ("Two drunk men are fighting in the lobby, one has a knife", "urgency.violence"),
        ("围墙快倒塌了，下面就是人行道", "urgency.falling"),
        ("停水三天了，家里有婴儿", "urgency.no_supply"),
    ],
)
def test_what_cannot_wait_is_urgent(pack: Pack, text: str, rule: str) -> None:
    decision = decide(pack, text)

    assert (decision.urgency, decision.urgency_rule) == (Urgency.URGENT, rule)
    assert decision.urgency_words


@pytest.mark.parametrize(
    "text",
    [
        "建议增加几张长椅",
        "不着急，有空的时候把信箱上的名字换一下",
        "No hurry: the label on my mailbox is wrong",
        "Could you add a bench near the gate",
    ],
)
def test_a_wish_can_wait(pack: Pack, text: str) -> None:
    assert decide(pack, text).urgency is Urgency.DEFERRABLE


@pytest.mark.parametrize(
    "text",
    [
        "楼道杂物太多，万一发生火灾怎么跑",
        "电动车上楼容易引发火灾",
        "楼上有人打架子鼓",
        "路灯不亮",
        "The fire extinguisher is out of date",
    ],
)
def test_what_might_happen_is_not_urgent(pack: Pack, text: str) -> None:
    decision = decide(pack, text)

    assert (decision.urgency, decision.urgency_rule) == (Urgency.NORMAL, NO_RULE)


def test_a_danger_beats_a_wish(pack: Pack) -> None:
    assert decide(pack, "建议马上来人，5楼着火了").urgency is Urgency.URGENT


@pytest.mark.parametrize("kind", ["inquiry", "suggestion"])
def test_an_inquiry_about_a_danger_is_not_urgent(pack: Pack, kind: str) -> None:
    assert decide(pack, "煤气泄漏的演练安排在哪天", kind=kind).urgency is not Urgency.URGENT


def test_a_danger_mentioned_once_far_down_a_long_letter_is_not_urgent(pack: Pack) -> None:
    letter = "物业管理的各项工作我们业主都很关心，" * 20 + "三年前隔壁小区着火过。"

    assert decide(pack, letter).urgency is Urgency.NORMAL


def test_missing_heat_is_urgent_in_winter_only(pack: Pack) -> None:
    assert decide(pack, "家里暖气不热", month=JANUARY).urgency is Urgency.URGENT
    assert decide(pack, "家里暖气不热", month=JULY).urgency is Urgency.NORMAL


def test_the_matter_named_first_outweighs_what_is_mentioned_later(pack: Pack) -> None:
    text = (
        "投诉电梯故障。"
        + "我们这栋楼的住户已经等了很久很久，一直盼望着能够得到一个说法。" * 2
        + "另外绿化也差。"
    )

    assert decide(pack, text).category == "facility.lift"


def test_every_category_but_other_has_a_rule(pack: Pack) -> None:
    assert {rule.category for rule in pack.rules if rule.category} == set(pack.categories) - {OTHER}


def test_every_urgency_but_normal_has_a_rule(pack: Pack) -> None:
    assert {rule.urgency for rule in pack.rules if rule.urgency} == {Urgency.URGENT, Urgency.DEFERRABLE}
