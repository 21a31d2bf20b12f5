"""Names of the groups and categories that ship with Linli; an operator's own category is told by its code."""

from __future__ import annotations

from services.chassis.i18n import Catalogue

#: By `category_<code>`; the codes are those of the rule pack of routing.
CATEGORIES: Catalogue = {
    "category_facility": {"zh": "设施维护", "en": "Facilities"},
    "category_environment": {"zh": "环境卫生", "en": "Environment"},
    "category_security": {"zh": "安全与秩序", "en": "Safety and order"},
    "category_service": {"zh": "服务质量", "en": "Quality of service"},
    "category_fees": {"zh": "物业收费", "en": "Fees"},
    "category_public_affairs": {"zh": "公共事务", "en": "Public affairs"},
    "category_other": {"zh": "其他", "en": "Other"},
    "category_facility.lift": {"zh": "电梯", "en": "Lifts"},
    "category_facility.pump": {"zh": "水泵房与二次供水", "en": "Pump room and water tanks"},
    "category_facility.lighting": {"zh": "公共照明", "en": "Public lighting"},
    "category_facility.water_power": {"zh": "供水供电供气", "en": "Water, power and gas supply"},
    "category_facility.drainage": {"zh": "排水与积水", "en": "Drains and standing water"},
    "category_facility.leak": {"zh": "渗水漏水", "en": "Leaks"},
    "category_facility.heating": {"zh": "供暖与管道防冻", "en": "Heating and frost"},
    "category_facility.charging": {"zh": "充电设施", "en": "Charging points"},
    "category_facility.telecom": {"zh": "宽带与通信", "en": "Broadband and telephone"},
    "category_facility.amenities": {"zh": "健身游乐设施", "en": "Play and exercise equipment"},
    "category_facility.repair": {"zh": "公共设施维修", "en": "Repair of common parts"},
    "category_environment.cleaning": {"zh": "保洁与垃圾", "en": "Cleaning and rubbish"},
    "category_environment.greening": {"zh": "绿化", "en": "Greening"},
    "category_environment.pests": {"zh": "虫鼠害", "en": "Pests"},
    "category_environment.noise": {"zh": "噪音", "en": "Noise"},
    "category_environment.odour": {"zh": "油烟异味与扬尘", "en": "Fumes, smells and dust"},
    "category_security.guard": {"zh": "门禁与保安", "en": "Guards and entrances"},
    "category_security.fire": {"zh": "消防", "en": "Fire safety"},
    "category_security.parking": {"zh": "停车", "en": "Parking"},
    "category_security.order": {"zh": "治安与秩序", "en": "Public order"},
    "category_security.animals": {"zh": "犬只与宠物", "en": "Dogs and pets"},
    "category_service.attitude": {"zh": "服务态度与廉洁", "en": "Attitude and integrity"},
    "category_service.timeliness": {"zh": "处理时效", "en": "Timeliness"},
    "category_service.quality": {"zh": "整体服务水平", "en": "Overall level of service"},
    "category_fees.standard": {"zh": "收费标准", "en": "Fee standard"},
    "category_fees.breakdown": {"zh": "费用明细与水电费", "en": "Fee breakdown and utility bills"},
    "category_fees.transparency": {"zh": "收支公开", "en": "Transparency of accounts"},
    "category_fees.deposit": {"zh": "押金与退费", "en": "Deposits and refunds"},
    "category_public_affairs.illegal_building": {
        "zh": "违章搭建与装修",
        "en": "Illegal building and refitting",
    },
    "category_public_affairs.change_of_use": {"zh": "住改商与群租", "en": "Homes used for trade"},
    "category_public_affairs.common_space": {"zh": "公共区域占用", "en": "Common space taken"},
    "category_public_affairs.owners_committee": {
        "zh": "业委会与维修资金",
        "en": "Owners' committee and repair fund",
    },
    "category_public_affairs.handover": {"zh": "交房与开发遗留", "en": "Handover and developer's defects"},
    "category_public_affairs.community": {"zh": "社区文化与便民", "en": "Community life"},
    "category_public_affairs.hardship": {"zh": "特殊困难与需求", "en": "Hardship and special needs"},
    "category_public_affairs.authorities": {"zh": "政府与市政事项", "en": "Matters of public authorities"},
}
