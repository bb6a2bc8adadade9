/** Server versions at which the messages changed, by the names the client libraries give them. */
export const SIZE_RULES = 164;
export const ADVANCED_ORDER_REJECT = 166;
export const MANUAL_ORDER_TIME = 169;
export const PEG_OFFSETS = 170;
export const BOND_ISSUER_ID = 176;
export const FA_PROFILE_DROPPED = 177;
export const PENDING_PRICE_REVISION = 178;
export const LAST_TRADE_DATE = 182;
export const CUSTOMER_ACCOUNT = 183;
export const PROFESSIONAL_CUSTOMER = 184;
export const BOND_ACCRUED_INTEREST = 185;
export const INELIGIBILITY_REASONS = 186;
export const INCLUDE_OVERNIGHT = 189;
export const CME_TAGGING = 192;
export const CME_TAGGING_IN_OPEN_ORDER = 193;
